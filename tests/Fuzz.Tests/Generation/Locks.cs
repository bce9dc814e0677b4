namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>Queries that lock rows. No other session wants them: what counts is that LIMIT, SKIP LOCKED and NOWAIT change nothing of the answer.</summary>
internal sealed class Locks(Generator generator)
{
    private Choices Choices => generator.Choices;

    /// <summary>A join of tables, all columns of its result in the order, so that LIMIT takes the same rows everywhere.</summary>
    public QueryText Query()
    {
        var (text, columns, first) = Item();
        var scope = new Scope(columns);
        for (var more = Choices.Next(3); more > 0; more--)
        {
            var (item, added, _) = Item();
            var both = scope.Plus(added);
            text += $" JOIN {item} ON {generator.Predicates.Join(scope.Columns, added, onlyEquality: false, both)}";
            scope = both;
        }

        var types = generator.Types(3);
        var items = types.Select(t => generator.Expressions.Leaf(t, scope));
        var where = Choices.Chance(60) ? $" WHERE {generator.Predicates.Of(scope, 1)}" : "";
        var order = string.Join(", ", types.Select((_, i) => $"{i + 1}{Choices.Of("", " DESC", " NULLS FIRST")}"));
        var limit = Choices.Chance(70) ? $" LIMIT {generator.Parameter(Choices.Of("3", "1", "10"))}{Choices.Of("", "", " OFFSET 2")}" : "";
        var locks = $" FOR {Choices.Of("UPDATE", "SHARE", "NO KEY UPDATE", "KEY SHARE")}{(Choices.Chance(40) ? $" OF {first}" : "")}{Choices.Of(" SKIP LOCKED", "", " NOWAIT")}";
        return new QueryText($"SELECT {string.Join(", ", items)} FROM {text}{where} ORDER BY {order}{limit}{locks}", types, IsOrdered: true);
    }

    // Rows are locked by their keys, so most tables have one.
    private (string Text, IReadOnlyList<Column> Columns, string Name) Item()
    {
        var name = generator.Name();
        var table = Choices.Chance(80) ? Choices.OneOf(FuzzTable.Unique) : Choices.OneOf(FuzzTable.All);
        return ($"{table.Name} {name}", [.. FuzzTable.Columns.Select(c => new Column($"{name}.{c.Name}", c.Type))], name);
    }
}
