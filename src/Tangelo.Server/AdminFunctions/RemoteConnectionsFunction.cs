using System.Text.Json;
using Tangelo.Cluster.Functions;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.AdminFunctions;

/// <summary>Rows of citus_remote_connection_stats: how many connections this router has to each node, for each database.</summary>
internal sealed class RemoteConnectionsFunction(RouterState router) : IClusterFunction
{
    public string Name => "remote_connections";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([.. router.Pools.All.GroupBy(p => (p.Address.Host, p.Address.Port, p.Address.Database))
            .Select(g => (g.Key, Open: g.Sum(p => p.Open))).Where(g => g.Open > 0).OrderBy(g => g.Key)
            .Select(g => JsonSerializer.Serialize(new { hostname = g.Key.Host, port = g.Key.Port, database_name = g.Key.Database, connection_count_to_node = g.Open }))]);
}
