using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Functions;
using Tangelo.Core;
using Tangelo.Execution.Shards;
using Tangelo.Server.Deadlocks;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.AdminFunctions;

/// <summary>Rows of citus_locks: every node's pg_locks, of this database's backends.</summary>
internal sealed class LocksFunction(RouterState router) : IClusterFunction
{
    private const string Sql =
        """
        SELECT l.pid, pg_catalog.row_to_json(l)::text FROM (
            SELECT k.locktype, k.database, k.relation, k.relation::regclass::text AS relation_name, k.page, k.tuple, k.virtualxid, k.transactionid, k.classid, k.objid,
                   k.objsubid, k.virtualtransaction, k.pid, k.mode, k.granted, k.fastpath, k.waitstart
            FROM pg_catalog.pg_locks k JOIN pg_catalog.pg_stat_activity a ON a.pid = k.pid
            WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()) l
        """;

    public string Name => "locks";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var database = await router.DatabaseAsync(session.Database).ConfigureAwait(false);
        var owners = await BackendOwners.ReadAsync(router, database, cancellation).ConfigureAwait(false);
        var result = new List<string>();
        foreach (var group in database.Map.PrimaryGroups.Append(GroupId.Coordinator).Distinct())
        {
            var rows = await router.OnNodeAsync(database, group, (c, stop) => c.QueryAsync(Sql, stop), cancellation).ConfigureAwait(false);
            result.AddRange(rows.Select(r => $"{{\"global_pid\":{owners.GlobalPid(group, int.Parse(r[0]!))},\"nodeid\":{owners.NodeOf(group)},{r[1]![1..]}"));
        }

        return result;
    }
}

/// <summary>Rows of citus_lock_waits: which sessions wait for which, on whatever node.</summary>
internal sealed class LockWaitsFunction(RouterState router) : IClusterFunction
{
    private const string Sql =
        """
        SELECT a.pid, h.pid, a.usename, h.usename, a.query, h.query
        FROM pg_catalog.pg_stat_activity a, pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS b(holder), pg_catalog.pg_stat_activity h
        WHERE a.wait_event_type = 'Lock' AND a.datname = pg_catalog.current_database() AND h.pid = b.holder
        """;

    public string Name => "lock_waits";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var database = await router.DatabaseAsync(session.Database).ConfigureAwait(false);
        var owners = await BackendOwners.ReadAsync(router, database, cancellation).ConfigureAwait(false);
        var readers = await StatementReaders.OfAsync(session, cancellation).ConfigureAwait(false);
        var result = new Dictionary<(long, long), string>();
        foreach (var group in database.Map.PrimaryGroups.Append(GroupId.Coordinator).Distinct())
        {
            foreach (var row in await router.OnNodeAsync(database, group, (c, stop) => c.QueryAsync(Sql, stop), cancellation).ConfigureAwait(false))
            {
                var (waiter, holder) = (owners.GlobalPid(group, int.Parse(row[0]!)), owners.GlobalPid(group, int.Parse(row[1]!)));
                result[(waiter, holder)] = JsonSerializer.Serialize(new
                {
                    waiting_gpid = waiter,
                    blocking_gpid = holder,
                    blocked_statement = Text(readers.Show(row[4], row[2]), database.Map),
                    current_statement_in_blocking_process = Text(readers.Show(row[5], row[3]), database.Map),
                    waiting_nodeid = owners.CoordinatorNode,
                    blocking_nodeid = owners.CoordinatorNode,
                });
            }
        }

        return [.. result.Values];
    }

    private static string? Text(string? statement, ClusterMap map) =>
        statement is null ? null : ShardNameEraser.Erase(new PgError { Code = SqlState.Warning, Message = statement }, map).Message;
}
