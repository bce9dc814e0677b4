using System.Text.Json;
using PgQuery;
using Tangelo.Cluster.Functions.Statements;
using Tangelo.Core;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Writes;

/// <summary>
/// Reads what the INSERT into a table says of conflicts: <c>{"texts", "statement", "execution", "variables", "schema", "table", "columns", "views"}</c> gives
/// <c>{"target", "alias", "relation", "single", "calls", "set": [{"column", "value"}], "where", "existing", "proposed"}</c>, or nothing for an INSERT without ON CONFLICT.
/// </summary>
internal sealed class ReadUpsertFunction : IClusterFunction
{
    public string Name => "read_upsert";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var table = UpsertTable.Parse(args);
        var views = ViewText.ParseAll(args);
        var statements = PreparedArguments.In(Statement(args), args);
        var withNames = WithNames(statements);
        var clauses = Inserts(statements, table, views).Select(i => i.OnConflictClause is null ? null : new UpsertClause(table, views, i, withNames).Write()).Distinct().ToList();
        if (clauses.Count > 1)
        {
            throw new PgException(
                SqlState.FeatureNotSupported, $"several INSERTs into distributed table \"{table.Name}\" with different ON CONFLICT clauses are not supported in one statement",
                hint: "Use one statement for each.");
        }

        return Task.FromResult<IReadOnlyList<string>>(clauses is [{ } clause] ? [clause] : []);
    }

    // A context gives the text with what surrounds it: the first part that is a statement is the text.
    private static List<Node> Statement(JsonElement args)
    {
        var text = args.GetProperty("texts").EnumerateArray().First().GetString() ?? "";
        if (args.GetProperty("statement") is { ValueKind: JsonValueKind.Number } number)
        {
            var body = text.Trim();
            if (body.StartsWith("BEGIN ATOMIC", StringComparison.OrdinalIgnoreCase))
                body = body["BEGIN ATOMIC".Length..^"END".Length];
            return StatementText.TryParse(body) is { } statements && number.GetInt32() <= statements.Count ? [statements[number.GetInt32() - 1]] : throw Unreadable();
        }

        for (var end = text.IndexOf('"'); end >= 0; end = text.IndexOf('"', end + 1))
        {
            if ((end == text.Length - 1 || text[end + 1] == '\n') && StatementText.TryParse(text[..end]) is { Count: > 0 } parsed)
                return parsed;
        }

        return StatementText.TryParse(text) ?? throw Unreadable();
    }

    private static PgException Unreadable() => new(
        SqlState.FeatureNotSupported, "ON CONFLICT is not supported in this statement on distributed tables", hint: "Send the INSERT by itself.");

    private static HashSet<string> WithNames(List<Node> statements)
    {
        var names = new HashSet<string>();
        foreach (var statement in statements)
        {
            TreeWalker.Visit(statement, message =>
            {
                if (message is CommonTableExpr query)
                    names.Add(query.Ctename);
                return true;
            });
        }

        return names;
    }

    // An INSERT that does not name the table comes to it by a view, or by a rule.
    private static List<InsertStmt> Inserts(List<Node> statements, UpsertTable table, IReadOnlyList<ViewText> views)
    {
        var all = new List<InsertStmt>();
        foreach (var statement in statements)
        {
            TreeWalker.Visit(statement, message =>
            {
                if (message is InsertStmt insert)
                    all.Add(insert);
                return true;
            });
        }

        var named = all.FindAll(i => i.Relation.Relname == table.Name && (i.Relation.Schemaname.Length == 0 || i.Relation.Schemaname == table.Schema)
            || UpsertView.Find(table, views, i.Relation) is not null);
        return named.Count > 0 ? named : all;
    }
}
