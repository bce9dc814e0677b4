namespace Tangelo.Compat.Tests.Generated;

/// <summary>
/// Random but repeatable queries: the same seed gives the same query. Whatever it gives has one right answer as a multiset
/// of rows, since a LIMIT comes with an ORDER BY over all columns.
/// </summary>
internal sealed class QueryGenerator(int seed)
{
    private readonly Random _random = new(seed);
    private int _aliases;

    public string Query() => Pick(8) switch
    {
        0 => $"{Simple()} {PickOf("UNION", "UNION ALL", "INTERSECT", "EXCEPT")} {Simple()}",
        1 => $"WITH q AS {PickOf("", "MATERIALIZED ")}({Simple()}) SELECT q.x, q.y FROM q{(Pick(2) == 0 ? "" : $" JOIN {Table()} z ON z.k = q.x")}",
        2 or 3 => Aggregate(),
        4 => $"SELECT x, count(*) FROM ({Simple()}) s GROUP BY x",
        5 => Ordered(),
        _ => Select(),
    };

    private int Pick(int count) => _random.Next(count);

    private string PickOf(params string[] choices) => choices[Pick(choices.Length)];

    private string Table() => GeneratedTable.All[Pick(GeneratedTable.All.Count)].Name;

    private string Alias() => $"t{++_aliases}";

    private string Simple()
    {
        var (from, aliases) = From(1 + Pick(2));
        return $"SELECT {Column(aliases, integer: true)} AS x, {Column(aliases)}::text AS y FROM {from}{Where(aliases)}";
    }

    private string Select()
    {
        var (from, aliases) = From(1 + Pick(3));
        var list = string.Join(", ", Enumerable.Range(0, 1 + Pick(4)).Select(i => $"{Expression(aliases)} AS c{i}"));
        return $"SELECT {PickOf("", "", "DISTINCT ")}{list} FROM {from}{Where(aliases)}";
    }

    private string Ordered()
    {
        var (from, aliases) = From(1 + Pick(2));
        var list = string.Join(", ", Enumerable.Range(0, 3).Select(i => $"{Column(aliases)} AS c{i}"));
        var order = string.Join(", ", new[] { "1", "2", "3" }.OrderBy(_ => Pick(100)).Select(c => c + PickOf("", " DESC", " NULLS FIRST", " DESC NULLS LAST")));
        return $"SELECT {PickOf("", "DISTINCT ")}{list} FROM {from}{Where(aliases)} ORDER BY {order} LIMIT {Pick(20)}{PickOf("", $" OFFSET {Pick(5)}")}";
    }

    private string Aggregate()
    {
        var (from, aliases) = From(1 + Pick(3));
        var keys = Enumerable.Range(0, Pick(3)).Select(_ => Column(aliases)).Distinct().ToList();
        var values = Enumerable.Range(0, 1 + Pick(3)).Select(_ => Aggregated(aliases)).ToList();
        var list = string.Join(", ", keys.Concat(values).Select((e, i) => $"{e} AS c{i}"));
        var group = keys.Count == 0 ? "" : " GROUP BY " + string.Join(", ", keys);
        var having = Pick(4) == 0 ? $" HAVING {Aggregated(aliases, comparable: true)} > {Pick(12)}" : "";
        return $"SELECT {list} FROM {from}{Where(aliases)}{group}{having}";
    }

    private string Aggregated(List<string> aliases, bool comparable = false)
    {
        var column = Column(aliases, integer: true);
        return Pick(comparable ? 5 : 11) switch
        {
            0 => "count(*)",
            1 => $"sum({column})",
            2 => $"max({column})",
            3 => $"avg({column})",
            4 => $"count(DISTINCT {column})",
            5 => $"min({Column(aliases)})",
            6 => $"sum({aliases[0]}.n) FILTER (WHERE {column} > {Pick(6)})",
            7 => $"sum(DISTINCT {column})",
            8 => $"string_agg({aliases[0]}.t, ',' ORDER BY {aliases[0]}.t)",
            9 => $"coalesce(sum({column}), 0) + count({column})",
            _ => $"bool_or({column} = {Pick(6)})",
        };
    }

    private (string From, List<string> Aliases) From(int count)
    {
        var aliases = new List<string> { Alias() };
        var from = $"{Source()} {aliases[0]}";
        for (var i = 1; i < count; i++)
        {
            var alias = Alias();
            from += $" {PickOf("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")} {Source()} {alias} ON {alias}.{PickOf("k", "k", "a")} = {aliases[Pick(aliases.Count)]}.{PickOf("k", "k", "a")}";
            aliases.Add(alias);
        }
        return (from, aliases);
    }

    private string Source()
    {
        if (Pick(7) != 0)
            return Table();
        var alias = Alias();
        return $"(SELECT {alias}.k, max({alias}.a) AS a, min({alias}.b) AS b, sum({alias}.n) AS n, max({alias}.t) AS t FROM {Table()} {alias} GROUP BY {alias}.k)";
    }

    private string Where(List<string> aliases)
    {
        var count = Pick(3);
        return count == 0 ? "" : " WHERE " + string.Join(PickOf(" AND ", " OR "), Enumerable.Range(0, count).Select(_ => Condition(aliases)));
    }

    private string Condition(List<string> aliases)
    {
        var column = Column(aliases, integer: true);
        var inner = Alias();
        return Pick(10) switch
        {
            0 => $"{column} = {Pick(12)}",
            1 => $"{column} IN ({Pick(12)}, {Pick(12)}, {Pick(12)})",
            2 => $"{column} BETWEEN {Pick(5)} AND {5 + Pick(8)}",
            3 => $"{column} IS {PickOf("", "NOT ")}NULL",
            4 => $"{aliases[Pick(aliases.Count)]}.t LIKE '{PickOf("a", "b", "c")}%'",
            5 => $"{column} {PickOf("IN", "NOT IN")} (SELECT {inner}.k FROM {Table()} {inner} WHERE {inner}.a > {Pick(10)})",
            6 => $"{PickOf("", "NOT ")}EXISTS (SELECT 1 FROM {Table()} {inner} WHERE {inner}.{PickOf("k", "a")} = {column})",
            7 => $"{column} < (SELECT {PickOf("max", "min")}({inner}.a) FROM {Table()} {inner})",
            8 => $"{aliases[0]}.k = {Pick(12)}",
            _ => $"NOT ({column} > {Pick(10)})",
        };
    }

    private string Expression(List<string> aliases) => Pick(6) switch
    {
        0 => $"{Column(aliases, integer: true)} + {Column(aliases, integer: true)}",
        1 => $"coalesce({Column(aliases, integer: true)}, -1)",
        2 => $"CASE WHEN {Condition(aliases)} THEN 1 ELSE 0 END",
        _ => Column(aliases),
    };

    private string Column(List<string> aliases, bool integer = false)
        => $"{aliases[Pick(aliases.Count)]}.{(integer ? PickOf("k", "a", "b") : PickOf("k", "a", "b", "n", "t"))}";
}
