using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Functions;
using Tangelo.Core;
using Tangelo.Server.Deadlocks;
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
        SELECT a.pid, pg_catalog.row_to_json(a)::text FROM (
            SELECT datid, datname, pid, leader_pid, usesysid, usename, application_name, client_addr, client_hostname, client_port, backend_start,
                   xact_start, query_start, state_change, wait_event_type, wait_event, state, backend_xid, backend_xmin, query_id, {query} AS query, backend_type
            FROM pg_catalog.pg_stat_activity
            WHERE datname = pg_catalog.current_database() AND backend_type = 'client backend'
              AND application_name !~ '^tangelo (admin$|map |router )') a
        """;

    public string Name => "stat_activity";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var rows = new List<string>();
        var readers = await StatementReaders.OfAsync(session, cancellation).ConfigureAwait(false);
        var sql = Sql.Replace("{query}", readers.ShowSql("query", "usename"), StringComparison.Ordinal);
        var database = await router.DatabaseAsync(session.Database).ConfigureAwait(false);
        var owners = await BackendOwners.ReadAsync(router, database, cancellation).ConfigureAwait(false);
        var nodes = session.Map.Nodes.Where(n => n.Role == "primary" && n.IsActive).ToList();
        if (!nodes.Exists(n => n.IsCoordinator))
            nodes.Insert(0, new Node(new NodeId(0), GroupId.Coordinator, "", 0, "default", true, false));
        foreach (var node in nodes)
        {
            var pool = router.OwnPool(session.Map, node.Group, session.Database);
            var connection = await pool.LendAtOnceAsync(cancellation).ConfigureAwait(false);
            try
            {
                foreach (var row in await connection.QueryAsync(sql, cancellation).ConfigureAwait(false))
                    rows.Add($"{{\"global_pid\":{owners.GlobalPid(node.Group, int.Parse(row[0]!))},\"nodeid\":{node.Id},\"is_worker_query\":{(node.IsCoordinator ? "false" : "true")},{row[1]![1..]}");
            }
            finally
            {
                pool.Return(connection);
            }
        }

        return rows;
    }
}
