using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Functions;
using Tangelo.Core;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.AdminFunctions;

/// <summary>
/// Rows of citus_stat_activity: what every node's pg_stat_activity says of this database. Connections of Tangelo on a node are
/// worker queries; those on the coordinator are the clients.
/// </summary>
internal sealed class ActivityFunction(RouterState router) : IClusterFunction
{
    private const string Sql =
        """
        SELECT pg_catalog.row_to_json(a)::text FROM (
            SELECT {node} * 10000000000 + pid AS global_pid, datid, datname, pid, leader_pid, usesysid, usename, application_name, client_addr, client_hostname, client_port, backend_start,
                   xact_start, query_start, state_change, wait_event_type, wait_event, state, backend_xid, backend_xmin, query_id, query, backend_type
            FROM pg_catalog.pg_stat_activity
            WHERE datname = pg_catalog.current_database() AND backend_type = 'client backend'
              AND application_name !~ '^tangelo (admin$|map |router )') a
        """;

    public string Name => "stat_activity";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var rows = new List<string>();
        var nodes = session.Map.Nodes.Where(n => n.Role == "primary" && n.IsActive).ToList();
        if (!nodes.Exists(n => n.IsCoordinator))
            nodes.Insert(0, new Node(new NodeId(0), GroupId.Coordinator, "", 0, "default", true, false));
        foreach (var node in nodes)
        {
            var pool = router.Pools.For(session.Map, node.Group, session.Database, router.Coordinator.User);
            var connection = await pool.LendAsync(cancellation).ConfigureAwait(false);
            try
            {
                foreach (var row in await connection.QueryAsync(Sql.Replace("{node}", node.Id.ToString(), StringComparison.Ordinal), cancellation).ConfigureAwait(false))
                    rows.Add($"{{\"nodeid\":{node.Id},\"is_worker_query\":{(node.IsCoordinator ? "false" : "true")},{row[0]![1..]}");
            }
            finally
            {
                pool.Return(connection);
            }
        }

        return rows;
    }
}
