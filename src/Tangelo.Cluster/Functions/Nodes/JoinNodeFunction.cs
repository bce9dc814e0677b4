using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Cluster.Metadata;

namespace Tangelo.Cluster.Functions.Nodes;

/// <summary>
/// Marks a node as one of this cluster and gives it the coordinator's roles and distributed functions, in the caller's transaction:
/// <c>{"node": node, "cluster", "roles": [command], "functions": [command]}</c>.
/// </summary>
internal sealed class JoinNodeFunction : IClusterFunction
{
    public string Name => "join_node";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var node = MetadataLoader.ParseNode(args.GetProperty("node"));
        var cluster = ShardNames.Literal(args.GetProperty("cluster").GetString()!);
        session.UseNode(node);
        await session.ExecuteAsync(
            node.Group,
            $"""
            CREATE SCHEMA IF NOT EXISTS tangelo;
            CREATE TABLE IF NOT EXISTS tangelo.node_identity (cluster_id uuid NOT NULL, node_id integer NOT NULL);
            DELETE FROM tangelo.node_identity;
            INSERT INTO tangelo.node_identity VALUES ({cluster}, {node.Id})
            """,
            cancellation);
        var roles = args.GetProperty("roles").EnumerateArray().Select(r => r.GetString()).ToList();
        if (roles.Count > 0)
            await session.ExecuteAsync(node.Group, string.Join(";\n", roles), cancellation);
        var functions = args.GetProperty("functions").EnumerateArray().Select(f => f.GetString()).ToList();
        if (functions.Count > 0)
            await session.ExecuteAsync(node.Group, string.Join(";\n", functions), cancellation);
        session.MetadataChanged();
        return [];
    }
}
