using System.Text.Json;
using Tangelo.Cluster.Functions.Tables;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Nodes;

/// <summary>
/// Cleans up a node that leaves: <c>{"node": node, "placements": [placement]}</c>, its replicas of reference tables and
/// the mark of the cluster. A node that does not answer is left as it is, with a WARNING.
/// </summary>
internal sealed class LeaveNodeFunction : IClusterFunction
{
    public string Name => "leave_node";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var node = MetadataLoader.ParseNode(args.GetProperty("node"));
        var placements = Placement.ParseAll(args.GetProperty("placements"));
        session.MetadataChanged();
        try
        {
            await session.RunSeparatelyAsync(node, "SELECT 1", cancellation);
        }
        catch (PgException e)
        {
            session.Notice(new PgError
            {
                Severity = "WARNING",
                Code = SqlState.ConnectionFailure,
                Message = $"node {node.Address} could not be cleaned up",
                Detail = e.Error.Message,
                Hint = "Drop the schema \"tangelo\" and the tables of shards there before the server joins a cluster again.",
            });
            return [];
        }

        session.UseNode(node);
        var statements = placements.Select(p => $"DROP TABLE IF EXISTS {p.Relation} CASCADE").ToList();
        if (node.Role == "primary" && !node.IsCoordinator)
            statements.Add("DROP SCHEMA IF EXISTS tangelo CASCADE");
        if (statements.Count > 0)
            await session.ExecuteAsync(node.Group, string.Join("; ", statements), cancellation);
        return [];
    }
}
