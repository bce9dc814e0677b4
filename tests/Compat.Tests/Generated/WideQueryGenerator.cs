namespace Tangelo.Compat.Tests.Generated;

/// <summary>
/// Random but repeatable queries of the richer kinds: windows, LATERAL, correlated subqueries, grouping sets, DISTINCT ON, ordered and filtered
/// aggregates, set operations in each other. Each has one right answer as a multiset of rows.
/// </summary>
internal sealed class WideQueryGenerator(int seed)
{
    private readonly Random _random = new(seed);
    private int _aliases;

    public string Query() => Pick(12) switch
    {
        0 => Windowed(),
        1 => Lateral(),
        2 => Correlated(),
        3 => Grouped(),
        4 => GroupingSets(),
        5 => DistinctOn(),
        6 => OrderedByExpressions(),
        7 => SetOperations(),
        8 => CommonTables(),
        9 => SemiJoins(),
        10 => OverSubquery(),
        _ => ValuesAndFunctions(),
    };

    private int Pick(int count) => _random.Next(count);

    private string PickOf(params string[] choices) => choices[Pick(choices.Length)];

    private string Table() => GeneratedTable.All[Pick(GeneratedTable.All.Count)].Name;

    private string Distributed() => PickOf("d1", "d2", "d3");

    private string Alias() => $"t{++_aliases}";

    private string Integer(string alias) => $"{alias}.{PickOf("k", "a", "b")}";

    private string Any(string alias) => $"{alias}.{PickOf("k", "a", "b", "n", "t", "d")}";

    // One or two tables and their aliases.
    private (string From, string[] Aliases) From()
    {
        var first = Alias();
        if (Pick(2) == 0)
            return ($"{Table()} {first}", [first]);
        var second = Alias();
        var join = PickOf("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN");
        return Pick(4) switch
        {
            0 when join == "JOIN" => ($"{Table()} {first}, {Table()} {second}", [first, second]),
            1 => ($"{Distributed()} {first} {join} {Distributed()} {second} USING (k)", [first, second]),
            _ => ($"{Table()} {first} {join} {Table()} {second} ON {first}.{PickOf("k", "k", "a")} = {second}.{PickOf("k", "k", "a")}", [first, second]),
        };
    }

    private string Of(string[] aliases) => aliases[Pick(aliases.Length)];

    private string Condition(string[] aliases)
    {
        var inner = Alias();
        var outer = Of(aliases);
        return Pick(11) switch
        {
            0 => $"{Integer(outer)} = {Pick(12)}",
            1 => $"{outer}.k IN ({Pick(12)}, {Pick(12)})",
            2 => $"{outer}.d >= date '2024-01-01' + {Pick(40)}",
            3 => $"extract(month FROM {outer}.d) = {1 + Pick(3)}",
            4 => $"{outer}.t IS {PickOf("", "NOT ")}NULL",
            5 => $"EXISTS (SELECT 1 FROM {Table()} {inner} WHERE {inner}.{PickOf("k", "k", "a")} = {outer}.{PickOf("k", "a")} AND {inner}.b {PickOf("<", "=", ">")} {Integer(outer)})",
            6 => $"{Integer(outer)} IN (SELECT {Integer(inner)} FROM {Table()} {inner} WHERE {inner}.{PickOf("k", "a")} = {outer}.{PickOf("k", "a")})",
            7 => $"({outer}.k, {outer}.a) IN (SELECT {inner}.k, {inner}.a FROM {Table()} {inner} WHERE {inner}.b < {Pick(6)})",
            8 => $"{outer}.n > (SELECT avg({inner}.n) FROM {Table()} {inner} WHERE {inner}.{PickOf("k", "a")} = {outer}.{PickOf("k", "a")})",
            9 => $"{Integer(outer)} = ANY (ARRAY[{Pick(9)}, {Pick(9)}, NULL])",
            _ => $"({outer}.a > {Pick(8)} OR {outer}.b IS NULL)",
        };
    }

    private string Where(string[] aliases) => Pick(3) == 0 ? "" : " WHERE " + string.Join(" AND ", Enumerable.Range(0, 1 + Pick(2)).Select(_ => Condition(aliases)));

    private string Windowed()
    {
        var (from, aliases) = From();
        var one = Of(aliases);
        string Window() => $"({PickOf("", $"PARTITION BY {one}.{PickOf("k", "k", "a", "b")} ")}{PickOf($"ORDER BY {Any(Of(aliases))}{PickOf("", " DESC", " NULLS FIRST")}", $"ORDER BY {one}.a, {one}.b")}{PickOf("", "", " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING")})";
        string Call() => PickOf("rank()", "dense_rank()", "count(*)", $"sum({Integer(one)})", $"max({Any(one)})", $"min({one}.n)", "percent_rank()", $"first_value({one}.k)")
            .Replace($"first_value({one}.k)", $"sum({one}.n) FILTER (WHERE {one}.a > 3)", StringComparison.Ordinal);
        var list = $"{Any(one)} AS x, {Call()} OVER {Window()} AS w1, {Call()} OVER {Window()} AS w2";
        return Pick(3) == 0
            ? $"SELECT {one}.{PickOf("k", "a")} AS g, count(*), rank() OVER (ORDER BY count(*)) FROM {from}{Where(aliases)} GROUP BY 1"
            : $"SELECT {list} FROM {from}{Where(aliases)}";
    }

    private string Lateral()
    {
        var (outer, inner, result) = (Alias(), Alias(), Alias());
        var key = $"{inner}.{PickOf("k", "k", "a")} = {outer}.{PickOf("k", "k", "b")}";
        var body = Pick(3) switch
        {
            0 => $"SELECT {inner}.k, {inner}.a, {inner}.t FROM {Table()} {inner} WHERE {key} ORDER BY 1, 2 NULLS FIRST, 3 NULLS LAST, {inner}.b, {inner}.n LIMIT {1 + Pick(3)}",
            1 => $"SELECT count(*) AS k, max({inner}.a) AS a, min({inner}.t) AS t FROM {Table()} {inner} WHERE {key}",
            _ => $"SELECT {inner}.k, {inner}.a + {outer}.a AS a, {inner}.t FROM {Table()} {inner} WHERE {key}",
        };
        var join = Pick(2) == 0 ? $", LATERAL ({body}) {result}" : $" {PickOf("LEFT JOIN", "CROSS JOIN")} LATERAL ({body}) {result}";
        if (join.StartsWith(" LEFT", StringComparison.Ordinal))
            join += " ON true";
        return Pick(3) == 0
            ? $"SELECT count(*), sum({result}.k), max({result}.a), count({result}.t) FROM {Table()} {outer}{join}{Where([outer])}"
            : $"SELECT {outer}.k, {Any(outer)} AS o, {result}.k AS rk, {result}.a, {result}.t FROM {Table()} {outer}{join}{Where([outer])}";
    }

    private string Correlated()
    {
        var (from, aliases) = From();
        var (inner, one) = (Alias(), Of(aliases));
        var key = $"{inner}.{PickOf("k", "k", "a")} = {one}.{PickOf("k", "k", "b")}";
        var scalar = PickOf($"max({inner}.a)", "count(*)", $"sum({inner}.n)", $"string_agg({inner}.t, '' ORDER BY {inner}.t)", $"bool_and({inner}.b > 1)");
        return $"SELECT {Any(one)} AS x, (SELECT {scalar} FROM {Table()} {inner} WHERE {key}) AS s, {Integer(one)} {PickOf("IN", "NOT IN")} (SELECT {Integer(inner)} FROM {Table()} {inner} WHERE {key}) AS i "
            + $"FROM {from}{Where(aliases)}";
    }

    private string Grouped()
    {
        var (from, aliases) = From();
        var one = Of(aliases);
        var keys = new[] { $"{one}.a % 3", $"{one}.b IS NULL", $"date_trunc('month', {one}.d)", $"coalesce({one}.t, '-')", $"{one}.k", $"{Of(aliases)}.k / 2", $"lower({one}.t)" }
            .OrderBy(_ => Pick(100)).Take(Pick(3)).ToList();
        var values = Enumerable.Range(0, 1 + Pick(3)).Select(_ => Aggregate(aliases)).ToList();
        var list = string.Join(", ", keys.Concat(values).Select((e, i) => $"{e} AS c{i}"));
        var group = keys.Count == 0 ? "" : " GROUP BY " + string.Join(", ", Pick(2) == 0 ? keys : keys.Select((_, i) => (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var having = PickOf("", "", $" HAVING count(*) > {Pick(5)}", $" HAVING max({one}.a) IS NOT NULL AND sum({one}.n) > {Pick(20)}", $" HAVING count(DISTINCT {one}.a) >= {Pick(4)}");
        var all = string.Join(", ", Enumerable.Range(1, keys.Count + values.Count));
        return $"SELECT {list} FROM {from}{Where(aliases)}{group}{having}{PickOf("", $" ORDER BY {all}", $" ORDER BY {all} LIMIT {Pick(6)} OFFSET {Pick(3)}")}";
    }

    private string Aggregate(string[] aliases)
    {
        var (one, column) = (Of(aliases), Integer(Of(aliases)));
        return Pick(16) switch
        {
            0 => "count(*)",
            1 => $"count(DISTINCT {Any(one)})",
            2 => $"sum({one}.n) FILTER (WHERE {column} > {Pick(5)})",
            3 => $"array_agg({column} ORDER BY {column})",
            4 => $"string_agg(DISTINCT {one}.t, ',' ORDER BY {one}.t)",
            5 => $"avg({one}.n)",
            6 => $"percentile_cont(0.5) WITHIN GROUP (ORDER BY {column})",
            7 => $"max({one}.d) - min({one}.d)",
            8 => $"jsonb_agg({column} ORDER BY {column} DESC NULLS LAST)",
            9 => $"var_pop({column})",
            10 => $"count({one}.t) FILTER (WHERE {one}.t > 'b')",
            11 => $"sum({column} * 2 + 1) / greatest(count({column}), 1)",
            12 => $"every({column} > {Pick(4)})",
            13 => $"bit_or({column})",
            14 => $"avg(DISTINCT {column})",
            _ => $"max({one}.t || {column}::text)",
        };
    }

    private string GroupingSets()
    {
        var (from, aliases) = From();
        var one = Of(aliases);
        var keys = PickOf($"ROLLUP ({one}.a % 3, {one}.b)", $"CUBE ({one}.b, {one}.t)", $"GROUPING SETS (({one}.b), ({one}.t), ())", $"{one}.b, ROLLUP ({one}.t)");
        var (x, y) = keys.Contains("% 3", StringComparison.Ordinal) ? ($"{one}.a % 3", $"{one}.b") : ($"{one}.b", $"{one}.t");
        return $"SELECT {x} AS x, {y} AS y, {Aggregate(aliases)} AS z, grouping({x}, {y}) AS g FROM {from}{Where(aliases)} GROUP BY {keys}";
    }

    private string DistinctOn()
    {
        var (from, aliases) = From();
        var one = Of(aliases);
        var on = PickOf("k", "a", "b", "t");
        return $"SELECT DISTINCT ON ({one}.{on}) {one}.{on} AS o, {one}.k AS c1, {one}.a AS c2, {one}.b AS c3, {one}.n AS c4, {one}.t AS c5 FROM {from}{Where(aliases)} "
            + $"ORDER BY {one}.{on}{PickOf("", " DESC", " NULLS FIRST")}, 2, 3 DESC, 4, 5, 6{PickOf("", $" LIMIT {1 + Pick(6)}")}";
    }

    private string OrderedByExpressions()
    {
        var (from, aliases) = From();
        var one = Of(aliases);
        return $"SELECT {PickOf("", "DISTINCT ")}{one}.k, {one}.a, {one}.t, {one}.n FROM {from}{Where(aliases)} "
            + (Pick(2) == 0 ? "ORDER BY k, a DESC, t NULLS FIRST, n" : "ORDER BY 3 DESC NULLS LAST, 4, 1, 2")
            + PickOf("", $" LIMIT {Pick(15)}", $" OFFSET {Pick(9)}", $" LIMIT {1 + Pick(9)} OFFSET {Pick(9)}", " LIMIT NULL", $" FETCH FIRST {1 + Pick(4)} ROWS ONLY");
    }

    private string Arm()
    {
        var (from, aliases) = From();
        return PickOf(
            $"SELECT {Integer(aliases[0])} AS x, {Of(aliases)}.t AS y FROM {from}{Where(aliases)}",
            $"SELECT {aliases[0]}.k AS x, max({Of(aliases)}.t) AS y FROM {from}{Where(aliases)} GROUP BY 1",
            $"SELECT DISTINCT {aliases[0]}.k AS x, {aliases[0]}.t AS y FROM {from}{Where(aliases)}",
            $"(SELECT {aliases[0]}.a AS x, {aliases[0]}.t AS y FROM {from} ORDER BY 1, 2 LIMIT {Pick(8)})");
    }

    private string SetOperation() => PickOf("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL");

    private string SetOperations() =>
        $"{PickOf("", "SELECT count(*), sum(x), max(y) FROM (")}{Arm()} {SetOperation()} {(Pick(2) == 0 ? Arm() : $"({Arm()} {SetOperation()} {Arm()})")}" is var query
            && query.StartsWith("SELECT count(*), sum(x)", StringComparison.Ordinal) ? query + ") s" : query;

    private string CommonTables()
    {
        var (from, aliases) = From();
        var with = $"WITH {PickOf("", "")}w AS {PickOf("", "MATERIALIZED ", "NOT MATERIALIZED ")}(SELECT {aliases[0]}.k, count(*) AS c, max({Of(aliases)}.a) AS m FROM {from}{Where(aliases)} GROUP BY {aliases[0]}.k)";
        var other = Alias();
        return with + PickOf(
            " SELECT w.*, (SELECT max(c) FROM w) FROM w",
            " SELECT x.k, y.c FROM w x JOIN w y ON x.k = y.k + 1",
            $" SELECT w.k, {other}.a, w.c FROM w {PickOf("JOIN", "LEFT JOIN", "FULL JOIN")} {Table()} {other} ON {other}.k = w.k",
            $" SELECT {other}.k, {other}.t FROM {Table()} {other} WHERE {other}.k IN (SELECT k FROM w WHERE c > {Pick(4)})",
            $", v AS (SELECT k, a FROM {Table()} WHERE a > {Pick(6)}) SELECT count(*), sum(v.a), sum(w.c) FROM v, w WHERE v.k = w.k");
    }

    private string SemiJoins()
    {
        var (from, aliases) = From();
        return $"SELECT {PickOf("count(*), sum(" + Integer(aliases[0]) + ")", string.Join(", ", aliases.Select(a => $"{a}.k, {a}.t")))} FROM {from} WHERE {PickOf("", "NOT ")}({Condition(aliases)}) {PickOf("AND", "OR")} {Condition(aliases)}";
    }

    private string OverSubquery()
    {
        var (from, aliases) = From();
        var inner = $"SELECT {aliases[0]}.k AS k, {Of(aliases)}.a AS a, {Of(aliases)}.n AS n, row_number() OVER (PARTITION BY {aliases[0]}.k ORDER BY {string.Join(", ", aliases.Select(a => $"{a}.k, {a}.a, {a}.b, {a}.n, {a}.t"))}) AS r FROM {from}{Where(aliases)}";
        var other = Alias();
        return PickOf(
            $"SELECT k, a, n FROM ({inner}) s WHERE r = 1",
            $"SELECT k, count(*), sum(n), max(r) FROM ({inner}) s GROUP BY k HAVING max(r) > 1",
            $"SELECT s.k, s.r, {other}.t FROM ({inner}) s JOIN {Table()} {other} ON {other}.k = s.k AND s.r < 3",
            $"SELECT avg(c) FROM (SELECT k, count(*) AS c FROM ({inner}) s GROUP BY k) q");
    }

    private string ValuesAndFunctions()
    {
        var one = Alias();
        return PickOf(
            $"SELECT v.x, count({one}.k), min({one}.d) FROM (VALUES (1), (2), (3), (NULL)) v (x) LEFT JOIN {Table()} {one} ON {one}.{PickOf("k", "a")} = v.x GROUP BY v.x",
            $"SELECT g, {one}.k, {one}.a FROM generate_series(1, 4) g {PickOf("JOIN", "LEFT JOIN")} {Table()} {one} ON {one}.k = g",
            $"SELECT {one}.k, u FROM {Table()} {one}, unnest(ARRAY[{one}.a, {one}.b]) u WHERE u > {Pick(6)}",
            $"SELECT to_char({one}.d, 'YYYY-MM') AS m, count(*), sum({one}.n) FROM {Table()} {one} GROUP BY 1 ORDER BY 1",
            $"SELECT {one}.d + {one}.a AS x, age({one}.d, date '2024-01-01'), {one}.t || '-' || {one}.k FROM {Table()} {one}{Where([one])}",
            $"SELECT {one}, {one}.k FROM {Table()} {one} WHERE {one}.k < {Pick(6)}");
    }
}
