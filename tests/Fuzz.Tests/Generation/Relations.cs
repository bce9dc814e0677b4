namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>The FROM clause.</summary>
internal sealed class Relations(Generator generator)
{
    private Choices Choices => generator.Choices;

    /// <summary>A FROM clause, what the query sees by it, and the condition that joins a list of tables, or "".</summary>
    public (string Text, Scope Scope, string Condition) From(Scope outer, int depth, int most = 3)
    {
        if (depth > 0 && Choices.Chance(12))
            return Merged(outer);
        var (text, columns) = Item(outer, depth);
        var scope = new Scope(columns, outer);
        var more = Choices.Next(most);
        var conditions = new List<string>();
        var isList = Choices.Chance(30);
        for (; more > 0; more--)
        {
            if (Choices.Chance(12))
            {
                var (lateral, given) = Lateral(scope, depth);
                text += lateral;
                scope = scope.Plus(given);
                continue;
            }

            var (item, added) = Item(outer, depth);
            var kind = isList ? "," : Choices.Of("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN");
            var both = scope.Plus(added);
            var on = generator.Predicates.Join(scope.Columns, added, kind == "FULL JOIN", both);
            text += isList ? $", {item}" : $" {kind} {item} ON {on}";
            if (isList)
                conditions.Add($"({on})");
            scope = both;
        }

        return (text, scope, string.Join(" AND ", conditions));
    }

    /// <summary>A subquery that has the rows so far in reach.</summary>
    private (string Text, IReadOnlyList<Column> Columns) Lateral(Scope scope, int depth)
    {
        var types = generator.Types(2);
        var name = generator.Name();
        var query = $"LATERAL ({generator.Queries.Select(types, scope, depth - 1, QueryPlace.Inner)}) {name}({Names(types)})";
        return (Choices.Chance(50) ? $" LEFT JOIN {query} ON true" : $" CROSS JOIN {query}", Named(name, types));
    }

    /// <summary>Something with columns: the tables come first, since they are the simplest.</summary>
    private (string Text, IReadOnlyList<Column> Columns) Item(Scope outer, int depth)
    {
        var name = generator.Name();
        var kind = Choices.Next(depth > 0 ? 14 : 9);
        if (kind >= 12 && generator.Ctes.Count > 0)
        {
            var cte = Choices.OneOf([.. generator.Ctes]);
            return ($"{cte.Name} {name}({Names(cte.Types)})", Named(name, cte.Types));
        }

        if (kind is 9 or 10 or 11)
        {
            var types = generator.Types(3);
            var query = generator.Queries.Query(types, Scope.Empty, depth - 1, QueryPlace.Inner);
            return ($"({query.Sql}) {name}({Names(types)})", Named(name, types));
        }

        if (kind == 8 && Choices.Chance(60))
        {
            return Choices.Chance(50)
                ? ($"generate_series(1, {Choices.Of(3, 8)}) {name}(c1)", [new Column($"{name}.c1", SqlType.Int)])
                : ($"(VALUES (1, 'a'::text), (7, 'b'), ({Choices.Of("3", "NULL")}, 'cx')) {name}(c1, c2)", [new Column($"{name}.c1", SqlType.Int), new Column($"{name}.c2", SqlType.Text)]);
        }

        var sample = kind == 7 && Choices.Chance(40) ? $" TABLESAMPLE {Choices.Of("BERNOULLI", "SYSTEM")} ({Choices.Of(100, 100, 100, 0)})" : "";
        // A function's statement is the coordinator's, which takes no samples of what it reaches over the loopback.
        if (generator.InFunction)
            sample = "";
        var relation = sample.Length > 0 ? Choices.OneOf(FuzzTable.All).Name : Choices.OneOf(FuzzTable.Readable);
        return ($"{relation} {name}{sample}", [.. FuzzTable.Columns.Select(c => new Column($"{name}.{c.Name}", c.Type))]);
    }

    /// <summary>USING and NATURAL: columns of both sides become one.</summary>
    private (string Text, Scope Scope, string Condition) Merged(Scope outer)
    {
        var (left, right) = (generator.Name(), generator.Name());
        var (one, other) = (Choices.OneOf(FuzzTable.Readable), Choices.OneOf(FuzzTable.Readable));
        var kind = Choices.Of("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN");
        if (Choices.Chance(40))
        {
            return (
                $"(SELECT k, a, t FROM {one}) {left} NATURAL {kind} (SELECT k, {Choices.Of("b", "a, b")}, n FROM {other}) {right}",
                new Scope([new Column("k", SqlType.Int), new Column($"{left}.k", SqlType.Int), new Column($"{left}.t", SqlType.Text), new Column($"{right}.b", SqlType.Big), new Column($"{right}.n", SqlType.Num)], outer),
                "");
        }

        var key = Choices.Of("k", "k, a", "a", "t");
        var merged = FuzzTable.Columns.Where(c => key.Split(", ").Contains(c.Name)).Select(c => new Column(c.Name, c.Type));
        return ($"{one} {left} {kind} {other} {right} USING ({key})", new Scope(
            [.. merged, .. FuzzTable.Columns.Select(c => new Column($"{left}.{c.Name}", c.Type)), .. FuzzTable.Columns.Select(c => new Column($"{right}.{c.Name}", c.Type))], outer), "");
    }

    private static string Names(IReadOnlyList<SqlType> types) => string.Join(", ", types.Select((_, i) => $"c{i + 1}"));

    private static IReadOnlyList<Column> Named(string name, IReadOnlyList<SqlType> types) => [.. types.Select((t, i) => new Column($"{name}.c{i + 1}", t))];
}
