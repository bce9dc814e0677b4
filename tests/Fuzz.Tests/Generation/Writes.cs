namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>Statements that write. What each leaves does not hang on the order of rows.</summary>
internal sealed class Writes(Generator generator)
{
    private Choices Choices => generator.Choices;

    /// <summary>A statement and the table it writes.</summary>
    public (string Sql, IReadOnlyList<FuzzTable> Tables) Statement()
    {
        var kind = Choices.Next(13);
        var table = Choices.OneOf(kind switch
        {
            2 or 3 => FuzzTable.Unique,
            0 or 1 or 9 or 10 => FuzzTable.Open,
            11 => FuzzTable.Movable,
            _ => FuzzTable.All,
        });
        var sql = kind switch
        {
            0 => Insert(table),
            1 => InsertSelect(table),
            2 or 3 => Upsert(table),
            4 or 5 => Update(table),
            6 => UpdateFrom(table),
            7 => Delete(table),
            8 => DeleteUsing(table),
            9 or 10 => Merge(table),
            11 => Moving(table),
            _ => Wrapped(table),
        };
        return (sql, [table]);
    }

    private static Scope Of(string name) => new([.. FuzzTable.Columns.Select(c => new Column($"{name}.{c.Name}", c.Type))]);

    private string Returning(Scope scope)
    {
        if (!Choices.Chance(60))
            return "";
        if (Choices.Chance(20))
            return $" RETURNING {scope.Columns[0].Text[..^2]}.*";
        return $" RETURNING {string.Join(", ", generator.Types(3).Select(t => generator.Expressions.Of(t, scope, 1)))}";
    }

    private string Insert(FuzzTable table)
    {
        var rows = Enumerable.Range(0, 1 + Choices.Next(3)).Select(i => $"({(table.IsUnique ? 100 + i : Choices.Of(7, 3, 50))}, {Choices.Of("4", "9", "7")}, {Choices.Of("1", "NULL", "33")}, 1.25, {Choices.Of("'a'", "'q'")}, '2024-03-01', {Choices.Of("true", "NULL")}, 0.5)");
        return $"INSERT INTO {table.Name} AS w (k, a, b, n, t, d, e, f) VALUES {string.Join(", ", rows)}{Returning(Of("w"))}";
    }

    private string InsertSelect(FuzzTable table)
    {
        // The distribution column and the primary key are never NULL, and a primary key comes once.
        var source = generator.Queries.Query([SqlType.Int, SqlType.Int, SqlType.Big, SqlType.Text], Scope.Empty, 1, QueryPlace.Inner);
        var key = table.IsUnique ? "1000 + row_number() OVER (ORDER BY c1, c2, c3, c4)" : "coalesce(c1, 3)";
        return $"INSERT INTO {table.Name} AS w (k, a, b, t) SELECT {key}, coalesce(c2, 5), c3, coalesce(c4, 'none') FROM ({source.Sql}) s(c1, c2, c3, c4){Returning(Of("w") with { Columns = [.. Of("w").Columns.Where(c => !table.IsUnique || c.Text != "w.k")] })}";
    }

    private string Upsert(FuzzTable table)
    {
        var both = Of("w").Plus(Of("excluded").Columns);
        var rows = Choices.Chance(50)
            ? $"SELECT k, max(a), max(b), max(t) FROM {Choices.OneOf(FuzzTable.All).Name} WHERE k IS NOT NULL GROUP BY k"
            : $"VALUES (7, 1, 2, 'up'), ({Choices.Of(3, 500)}, 4, NULL, 'cx'), ({Choices.Of(11, 501)}, NULL, 9, NULL)";
        var action = Choices.Next(4) switch
        {
            0 => "NOTHING",
            1 => $"UPDATE SET a = {generator.Expressions.Of(SqlType.Int, both, 1)}",
            2 => "UPDATE SET (a, t) = (excluded.a, excluded.t)",
            _ => $"UPDATE SET b = excluded.b, t = w.t || 'u' WHERE {generator.Predicates.Of(both, 0)}",
        };
        return $"INSERT INTO {table.Name} AS w (k, a, b, t) {rows} ON CONFLICT {(action == "NOTHING" ? Choices.Of("", "(k) ") : "(k) ")}DO {action}{Returning(Of("w"))}";
    }

    private string Settings(FuzzTable table, Scope scope, int depth)
    {
        var columns = FuzzTable.Columns.Where(c => c.Name != table.Key && c.Name != "k").ToList();
        var first = Choices.OneOf(columns);
        var second = Choices.OneOf(columns);
        string Set((string Name, SqlType Type, string) column) => $"{column.Name} = {generator.Expressions.Of(column.Type, scope, depth)}";
        return first.Name == second.Name || Choices.Chance(50) ? Set(first) : $"{Set(first)}, {Set(second)}";
    }

    private string Update(FuzzTable table)
    {
        var scope = Of("w");
        return $"UPDATE {table.Name} w SET {Settings(table, scope, 2)}{Where(scope)}{Returning(scope)}";
    }

    private string UpdateFrom(FuzzTable table)
    {
        // At most one row joins each.
        var scope = Of("w");
        var other = Choices.Chance(50)
            ? $"{Choices.OneOf(FuzzTable.Unique).Name} o"
            : $"(SELECT k, max(a) AS a, sum(b)::bigint AS b, min(t) AS t FROM {Choices.OneOf(FuzzTable.All).Name} GROUP BY k) o";
        var both = scope.Plus([new("o.k", SqlType.Int), new("o.a", SqlType.Int), new("o.b", SqlType.Big), new("o.t", SqlType.Text)]);
        var on = $"w.{Choices.Of("k", "a")} = o.k";
        return $"UPDATE {table.Name} w SET {Settings(table, both, 1)} FROM {other} WHERE {on}{(Choices.Chance(40) ? $" AND {generator.Predicates.Of(both, 1)}" : "")}{Returning(both)}";
    }

    /// <summary>Rows whose distribution column changes. A primary key moves out of reach of the others.</summary>
    private string Moving(FuzzTable table)
    {
        var scope = Of("w");
        var column = Choices.Chance(50) ? "k" : table.Key ?? "k";
        string Greatest(string of) => $"(SELECT max(x.{of}) FROM {table.Name} x WHERE x.a {Choices.Of("<=", "=")} w.a)";
        var value = (column, table.IsUnique) switch
        {
            ("k", true) => "w.k + 1000",
            ("t", _) => Choices.Of("w.t || 'm'", "coalesce(w.t, 'none')", "'moved'", $"coalesce({Greatest("t")}, 'least')"),
            ("k", _) => Choices.Of("w.k + 1", "coalesce(w.a, 2)", "NULL", generator.Expressions.Of(SqlType.Int, scope, 1), Greatest("k")),
            _ => Choices.Of("w.a + 1", "w.k", "7", Greatest("k")),
        };
        return $"UPDATE {table.Name} w SET {column} = {value}{Choices.Of("", ", f = 1.5", ", d = '2024-01-09'")} WHERE {Choices.Of("w.a = 3", "w.k = 7", "w.b > 15")}{Returning(scope)}";
    }

    private string Merge(FuzzTable table)
    {
        // At most one row joins each, and a new key comes once.
        var source = Choices.Next(3) switch
        {
            0 => Choices.OneOf(FuzzTable.Unique).Name,
            1 => $"(SELECT k, max(a) AS a, sum(b)::bigint AS b, min(t) AS t FROM {Choices.OneOf(FuzzTable.All).Name} WHERE k IS NOT NULL GROUP BY k)",
            _ => "(VALUES (7, 1, 2::bigint, 'm'), (3, NULL, NULL, NULL), (600, 4, 5, 'new'))",
        };
        Column[] given = [new("o.k", SqlType.Int), new("o.a", SqlType.Int), new("o.b", SqlType.Big), new("o.t", SqlType.Text)];
        var both = Of("w").Plus(given);
        var names = source.StartsWith("(V", StringComparison.Ordinal) ? "(k, a, b, t)" : "";
        string If(Scope scope) => Choices.Chance(35) ? $" AND {generator.Predicates.Of(scope, 0)}" : "";
        var actions = "";
        if (Choices.Chance(40))
            actions += $" WHEN MATCHED AND {generator.Predicates.Of(both, 0)} THEN {Choices.Of("DELETE", "DO NOTHING")}";
        if (!Choices.Chance(25))
            actions += $" WHEN MATCHED{If(both)} THEN UPDATE SET {Settings(table, both, 1)}";
        if (actions.Length == 0 || Choices.Chance(60))
            actions += $" WHEN NOT MATCHED{If(new Scope([.. given]))} THEN INSERT (k, a, b, t) VALUES (o.k, coalesce(o.a, 5), o.b, {Choices.Of("coalesce(o.t, 'none')", "'merged'")})";
        return $"MERGE INTO {table.Name} w USING {source} o{names} ON w.{(table.IsUnique ? "k" : Choices.Of("k", "k", "a"))} = o.k{actions}";
    }

    private string Delete(FuzzTable table)
    {
        var scope = Of("w");
        return $"DELETE FROM {table.Name} w{Where(scope)}{Returning(scope)}";
    }

    private string DeleteUsing(FuzzTable table)
    {
        var scope = Of("w");
        var both = scope.Plus(Of("o").Columns);
        return $"DELETE FROM {table.Name} w USING {Choices.OneOf(FuzzTable.All).Name} o WHERE {generator.Predicates.Join(scope.Columns, Of("o").Columns, onlyEquality: false, both)}{Returning(scope)}";
    }

    private string Wrapped(FuzzTable table)
    {
        var inner = Choices.Chance(50) ? Delete(table) : Update(table);
        var returning = inner.IndexOf(" RETURNING", StringComparison.Ordinal);
        if (returning >= 0)
            inner = inner[..returning];
        return $"WITH gone AS ({inner} RETURNING w.k, w.t) {Choices.Of("SELECT count(*), min(t) FROM gone", "SELECT * FROM gone", $"SELECT g.k, x.a FROM gone g JOIN {Choices.OneOf(FuzzTable.All).Name} x ON x.k = g.k")}";
    }

    private string Where(Scope scope) => Choices.Chance(75) ? $" WHERE {generator.Predicates.Of(scope, 2)}" : "";
}
