using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;
using Tangelo.Workers.TwoPhase;

namespace Tangelo.Server.Snapshots;

/// <summary>Transactions over several nodes that are decided, but not carried out on every node.</summary>
internal sealed class UnsettledCommits(RouterState router, DatabaseState database)
{
    /// <summary>Asks all nodes. The order matters: what is prepared is listed first, and then it is looked up whether it is decided.</summary>
    /// <param name="coordinator">A connection on which the decisions are read; nobody decides meanwhile.</param>
    /// <returns>The nodes that have answered; null when there is an unsettled one.</returns>
    public async Task<IReadOnlySet<GroupId>?> ReachableIfNoneAsync(BackendConnection coordinator)
    {
        var answers = await Task.WhenAll(database.Map.PrimaryGroups.Select(PreparedAsync)).ConfigureAwait(false);
        var ids = answers.SelectMany(a => a.Prepared ?? []).ToList();
        if (ids.Count > 0 && await AnyIsDecidedAsync(coordinator, ids).ConfigureAwait(false))
            return null;
        return answers.Where(a => a.Prepared is not null).Select(a => a.Group).ToHashSet();
    }

    private async Task<(GroupId Group, List<GlobalTransactionId>? Prepared)> PreparedAsync(GroupId group)
    {
        try
        {
            var pool = router.Pools.For(database.Map, group, database.Name, router.Coordinator.User);
            var connection = await pool.LendAtOnceAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                var rows = await connection.QueryAsync(
                    $"SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE gid LIKE '{GlobalTransactionId.LikePattern}' AND database = pg_catalog.current_database()",
                    CancellationToken.None).ConfigureAwait(false);
                var ids = new List<GlobalTransactionId>();
                foreach (var row in rows)
                {
                    if (GlobalTransactionId.TryParse(row[0]!, out var id))
                        ids.Add(id);
                }

                return (group, ids);
            }
            finally
            {
                pool.Return(connection);
            }
        }
        catch (PgException)
        {
            // A node that is down has no part in a snapshot.
            return (group, null);
        }
    }

    // A router that decides by the coordinator's transaction holds the lock until that is over. If it does not, it is dead, and an open transaction may commit at any time.
    private static async Task<bool> AnyIsDecidedAsync(BackendConnection coordinator, List<GlobalTransactionId> ids)
    {
        var gids = ids.Where(i => i.CoordinatorXid is null).Select(i => ShardNames.Literal(i.ToString()));
        var xids = ids.Where(i => i.CoordinatorXid is not null).Select(i => $"'{i.CoordinatorXid}'");
        var rows = await coordinator.QueryAsync(
            $"""
            SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_transaction WHERE gid = ANY (ARRAY[{string.Join(',', gids)}]::text[]) AND outer_xid IS NOT NULL)
                OR EXISTS (SELECT FROM pg_catalog.unnest(ARRAY[{string.Join(',', xids)}]::xid8[]) AS x WHERE pg_catalog.pg_xact_status(x) <> 'aborted')
            """,
            CancellationToken.None).ConfigureAwait(false);
        return rows[0][0] == "t";
    }
}
