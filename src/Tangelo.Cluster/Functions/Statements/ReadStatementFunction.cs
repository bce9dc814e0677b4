using System.Text.Json;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Statements;

/// <summary>
/// Tells what statements of functions hold that foreign tables would forget: <c>{"texts"}</c> gives for each such construct
/// <c>{"construct", "hint", "relations": [{"schema", "name"}], "equal": [{"column", "others"}]}</c>.
/// </summary>
internal sealed class ReadStatementFunction : IClusterFunction
{
    public string Name => "read_statement";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var facts = new List<string>();
        foreach (var text in args.GetProperty("texts").EnumerateArray())
        {
            foreach (var statement in StatementText.Read(text.GetString() ?? "") ?? throw Unreadable())
                facts.AddRange(IgnoredConstructs.Of(statement).Select(c => JsonSerializer.Serialize(c, JsonSerializerOptions.Web)));
        }

        return Task.FromResult<IReadOnlyList<string>>(facts);
    }

    private static PgException Unreadable() => new(
        SqlState.FeatureNotSupported, "this statement cannot be read inside of functions on distributed tables", hint: "Send it from the client.");
}
