namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>
/// WITH of several parts that write: each another table, so that what is left is determined; they read whatever tables there are, also
/// those that other parts change, and what the parts before them return.
/// </summary>
internal sealed class WriteParts(Generator generator)
{
    private static readonly SqlType[] Returned = [SqlType.Int, SqlType.Int, SqlType.Big, SqlType.Text];

    private Choices Choices => generator.Choices;

    /// <summary>A statement and the tables it writes.</summary>
    public (string Sql, IReadOnlyList<FuzzTable> Tables) Statement()
    {
        var free = FuzzTable.All.ToList();
        var written = new List<FuzzTable>();
        var parts = new List<string>();
        for (var count = 1 + Choices.Next(3); parts.Count < count;)
        {
            var table = Take(free, written);
            var name = generator.Name();
            parts.Add($"{name}(c1, c2, c3, c4) AS ({Write(table)} RETURNING w.k, w.a, w.b, w.t)");
            generator.Ctes.Push((name, Returned));
        }

        var end = Choices.Next(4) switch
        {
            0 => $"SELECT count(*), min(x.c4), max(y.t) FROM {Part()} x JOIN {Source()} y ON y.k = x.c1",
            1 => generator.Queries.Select(generator.Types(3), Scope.Empty, 1, QueryPlace.Inner),
            2 => $"{Write(Take(free, written))} RETURNING w.k, w.b",
            _ => $"SELECT c1, c2, c3, c4 FROM {Part()}",
        };
        foreach (var _ in parts)
            generator.Ctes.Pop();
        return ($"WITH {string.Join(", ", parts)} {end}", written);
    }

    private FuzzTable Take(List<FuzzTable> free, List<FuzzTable> written)
    {
        var table = Choices.OneOf(free);
        free.Remove(table);
        written.Add(table);
        return table;
    }

    private string Part() => Choices.OneOf([.. generator.Ctes.Select(c => c.Name)]);

    private string Source() => Choices.OneOf(FuzzTable.All).Name;

    /// <summary>One row for each k, of a table or of a part before this one.</summary>
    private string Rows() => generator.Ctes.Count > 0 && Choices.Chance(50)
        ? $"(SELECT c1 AS k, max(c2) AS a, sum(c3)::bigint AS b, min(c4) AS t FROM {Part()} GROUP BY c1)"
        : $"(SELECT k, max(a) AS a, sum(b)::bigint AS b, min(t) AS t FROM {Source()} GROUP BY k)";

    private string Write(FuzzTable table)
    {
        var scope = new Scope([.. FuzzTable.Columns.Select(c => new Column($"w.{c.Name}", c.Type))]);
        var column = Choices.OneOf([.. FuzzTable.Columns.Where(c => c.Name != table.Key && c.Name != "k")]);
        return Choices.Next(table.IsAppended ? 4 : 5) switch
        {
            0 => $"DELETE FROM {table.Name} w WHERE {generator.Predicates.Of(scope, 2)}",
            1 => $"UPDATE {table.Name} w SET {column.Name} = {generator.Expressions.Of(column.Type, scope, 1)} WHERE {generator.Predicates.Of(scope, 2)}",
            2 => $"UPDATE {table.Name} w SET f = 2.5, e = (o.b IS NULL) FROM {Rows()} o WHERE w.{Choices.Of("k", "a")} = o.k",
            3 => $"DELETE FROM {table.Name} w USING {Rows()} o WHERE w.{Choices.Of("k", "a")} = o.k AND o.b > 3",
            _ => $"INSERT INTO {table.Name} AS w (k, a, b, t) SELECT {(table.IsUnique ? "2000 + row_number() OVER (ORDER BY k)" : "coalesce(k, 3)")}, coalesce(a, 5), b, coalesce(t, 'none') FROM {Rows()} o",
        };
    }
}
