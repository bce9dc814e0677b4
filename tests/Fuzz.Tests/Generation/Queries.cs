namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>Queries whose columns have given types.</summary>
internal sealed class Queries(Generator generator)
{
    private const string DistinctOnOrder = " ORDER BY /* distinct on */ ";

    // Ends a query with a column more than its types, by which it must not be ordered.
    private const string RawMark = " /* raw */";

    private Choices Choices => generator.Choices;

    /// <summary>A query with all that may stand around a SELECT: WITH, set operations, ORDER BY and LIMIT.</summary>
    public QueryText Query(IReadOnlyList<SqlType> types, Scope outer, int depth, QueryPlace place)
    {
        var with = "";
        var ctes = 0;
        if (depth > 0 && Choices.Chance(14))
        {
            var parts = new List<string>();
            for (ctes = 1 + Choices.Next(2); parts.Count < ctes;)
            {
                var name = generator.Name();
                var given = generator.Types(3);
                var query = Query(given, Scope.Empty, depth - 1, QueryPlace.Inner);
                parts.Add($"{name}({string.Join(", ", given.Select((_, i) => $"c{i + 1}"))}) AS {Choices.Of("", "", "MATERIALIZED ", "NOT MATERIALIZED ")}({query.Sql})");
                generator.Ctes.Push((name, given));
            }

            with = $"WITH {string.Join(", ", parts)} ";
        }

        var body = depth > 0 && Choices.Chance(14)
            ? $"({Select(types, outer, depth - 1, QueryPlace.Inner)}) {Choices.Of("UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL")} ({Select(types, outer, depth - 1, QueryPlace.Inner)})"
            : Select(types, outer, depth, place);
        for (; ctes > 0; ctes--)
            generator.Ctes.Pop();

        // Every column is in the order, so that rows that tie are alike and LIMIT takes the same.
        var ordered = Choices.Chance(place == QueryPlace.Top ? 45 : 20) && !body.EndsWith(RawMark, StringComparison.Ordinal);
        if (!ordered)
            return new QueryText(with + body, types, IsOrdered: false);
        var order = string.Join(", ", types.Select((_, i) => $"{i + 1}{Choices.Of("", "", " DESC", " NULLS FIRST", " DESC NULLS LAST")}"));
        var limit = Choices.Chance(45) ? $" LIMIT {generator.Parameter(Choices.Of("3", "1", "10", "0"))}{(Choices.Chance(33) ? $" OFFSET {generator.Parameter("2")}" : "")}"
            : Choices.Chance(10) ? $"{Choices.Of("", " OFFSET 1")} FETCH FIRST 2 ROWS WITH TIES" : "";
        if (body.Contains(DistinctOnOrder, StringComparison.Ordinal))
            body = $"SELECT * FROM ({body}) {generator.Name()}";
        return new QueryText($"{with}{body} ORDER BY {order}{limit}", types, true);
    }

    /// <summary>One SELECT.</summary>
    public string Select(IReadOnlyList<SqlType> types, Scope outer, int depth, QueryPlace place, bool? grouped = null)
    {
        if (depth > 0 && place == QueryPlace.Inner && Choices.Chance(8))
            return $"SELECT * FROM ({Query(types, outer, depth - 1, QueryPlace.Inner).Sql}) {generator.Name()}";
        var (from, scope, condition) = generator.Relations.From(outer, depth);
        var where = Where(condition, scope, depth, 60);
        if (grouped ?? Choices.Chance(35))
            return Grouped(types, from, where, scope, depth, place);
        var windows = Choices.Chance(12);
        var items = types.Select(t => windows && scope.Columns.Count <= 16 && !Choices.Chance(50)
            ? generator.Aggregates.Window(t, scope)
            : generator.Expressions.Of(t, scope, depth)).ToList();
        if (Choices.Chance(8) && scope.Columns.Any(c => items[0].Contains(c.Text, StringComparison.Ordinal)))
        {
            // All columns are in the order, so the first row of each group is the same everywhere.
            var order = string.Join(", ", types.Select((_, i) => $"{i + 1}{(i > 0 ? Choices.Of("", " DESC") : "")}"));
            var limit = Choices.Chance(30) ? $" LIMIT {generator.Parameter("4")}{Choices.Of("", " OFFSET 1")}" : "";
            return $"SELECT DISTINCT ON ({items[0]}) {string.Join(", ", items)} FROM {from}{where}{DistinctOnOrder}{order}{limit}";
        }

        return $"SELECT {(Choices.Chance(12) ? "DISTINCT " : "")}{string.Join(", ", items)} FROM {from}{where}";
    }

    /// <summary>A query without GROUP BY over aggregates only: one row.</summary>
    public string SingleRow(SqlType type, Scope outer, int depth)
    {
        var (from, scope, condition) = generator.Relations.From(outer, depth, most: 2);
        var own = scope with { Outer = null };
        var where = Where(condition, scope, depth, 70);
        return $"SELECT {generator.Aggregates.Of(type, own, depth)} FROM {from}{where}";
    }

    private string Where(string condition, Scope scope, int depth, int percent)
    {
        var more = Choices.Chance(percent) ? $"({generator.Predicates.Of(scope, depth)})" : "";
        return (condition, more) switch
        {
            ("", "") => "",
            ("", _) => " WHERE " + more,
            (_, "") => " WHERE " + condition,
            _ => $" WHERE {condition} AND {more}",
        };
    }

    private string Grouped(IReadOnlyList<SqlType> types, string from, string where, Scope scope, int depth, QueryPlace place)
    {
        // What is aggregated belongs to this query: an aggregate over columns of another one would be that query's.
        var own = scope with { Outer = null };
        var keys = new List<string>();
        var items = new List<string>();
        foreach (var type in types)
        {
            if (Choices.Chance(45) && own.Of(type).Any())
            {
                var key = Choices.Chance(25) ? generator.Expressions.Of(type, own, 1) : Choices.OneOf([.. own.Of(type)]).Text;
                if (key.Contains("SELECT", StringComparison.Ordinal) || !own.Columns.Any(c => key.Contains(c.Text, StringComparison.Ordinal)))
                    key = Choices.OneOf([.. own.Of(type)]).Text;
                keys.Add(key);
                items.Add(key);
            }
            else
            {
                items.Add(generator.Aggregates.Of(type, own, Math.Min(depth, 1)));
            }
        }

        var raw = place == QueryPlace.Top && Choices.Chance(25);
        if (raw)
            items.Add(generator.Aggregates.Raw(own));
        var group = "";
        if (keys.Count > 0)
        {
            var list = string.Join(", ", keys.Distinct());
            group = Choices.Next(12) switch
            {
                11 => $" GROUP BY ROLLUP ({list})",
                10 => $" GROUP BY CUBE ({list})",
                9 => $" GROUP BY GROUPING SETS (({list}), ())",
                _ => $" GROUP BY {list}",
            };
        }

        var having = Choices.Chance(20) ? $" HAVING {generator.Aggregates.Of(SqlType.Big, own, 1)} {Choices.Of(">", "<>", "<")} {Choices.Of(1, 2, 5)}" : "";
        return $"SELECT {string.Join(", ", items)} FROM {from}{where}{group}{having}{(raw ? RawMark : "")}";
    }
}
