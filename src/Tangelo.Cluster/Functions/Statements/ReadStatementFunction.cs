using System.Text.Json;
using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Statements;

/// <summary>
/// Tells what statements of functions hold that foreign tables would forget: <c>{"texts", "source", "behind": [{"name", "text"}]}</c> gives for each such construct
/// <c>{"construct", "hint", "relations": [{"schema", "name"}], "equal": [{"column", "others"}]}</c>. Views and functions behind the source count where it names them.
/// </summary>
public sealed class ReadStatementFunction : IClusterFunction
{
    /// <summary>Its name.</summary>
    public const string Call = "read_statement";

    /// <inheritdoc/>
    public string Name => Call;

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var statements = args.GetProperty("texts").EnumerateArray().SelectMany(t => StatementText.Read(t.GetString() ?? "") ?? throw Unreadable()).ToList();
        var behind = args.GetProperty("behind").EnumerateArray().Select(b => (Name: b.GetProperty("name").GetString(), Text: b.GetProperty("text").GetString() ?? "")).ToList();
        var named = statements.Concat(StatementText.Read(args.GetProperty("source").GetString() ?? "") ?? throw Unreadable()).ToList();
        for (var i = 0; i < named.Count; i++)
        {
            var names = Names(named[i]);
            foreach (var found in behind.FindAll(b => names.Contains(b.Name)))
            {
                behind.Remove(found);
                var parts = StatementText.Read(found.Text) ?? throw Unreadable();
                statements.AddRange(parts);
                named.AddRange(parts);
            }
        }

        return Task.FromResult<IReadOnlyList<string>>(
            [.. statements.SelectMany(s => IgnoredConstructs.Of(s).Concat(StatementParts.Of(s))).Select(c => JsonSerializer.Serialize(c, JsonSerializerOptions.Web))]);
    }

    private static HashSet<string?> Names(Node statement)
    {
        var names = new HashSet<string?>();
        TreeWalker.Visit(statement, message =>
        {
            if (message is RangeVar relation)
                names.Add(relation.Relname);
            else if (message is FuncCall call)
                names.Add(call.Funcname[^1].String.Sval);
            return true;
        });
        return names;
    }

    private static PgException Unreadable() => new(
        SqlState.FeatureNotSupported, "this statement cannot be read inside of functions on distributed tables", hint: "Send it from the client.");
}
