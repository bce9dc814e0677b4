using System.Text.Json;

namespace Tangelo.Cluster.Functions.Nodes;

/// <summary>Runs commands on every worker, in the caller's transaction and with the rights of its session: <c>{"commands": [command]}</c>.</summary>
internal sealed class RunOnNodesFunction : IClusterFunction
{
    public string Name => "run_on_nodes";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var sql = string.Join(";\n", args.GetProperty("commands").EnumerateArray().Select(c => c.GetString()));
        foreach (var node in session.Map.Workers.OrderBy(n => n.Group.Value))
            await session.ExecuteAsync(node.Group, sql, cancellation);
        return [];
    }
}
