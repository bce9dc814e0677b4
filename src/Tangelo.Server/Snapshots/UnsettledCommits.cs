using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;
using Tangelo.Workers.TwoPhase;

namespace Tangelo.Server.Snapshots;

/// <summary>Transactions over several nodes that are decided, but not carried out on every node.</summary>
internal sealed class UnsettledCommits(RouterState router, DatabaseState database)
{
    // Nobody can decide meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

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
            var rows = await router.OnNodeAsync(
                database, group,
                (connection, stop) => connection.QueryAsync(
                    $"SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE gid LIKE '{GlobalTransactionId.LikePattern}' AND database = pg_catalog.current_database()", stop),
                CancellationToken.None, Patience).ConfigureAwait(false);
            var ids = new List<GlobalTransactionId>();
            foreach (var row in rows)
            {
                if (GlobalTransactionId.TryParse(row[0]!, out var id))
                    ids.Add(id);
            }

            return (group, ids);
        }
        catch (PgException)
        {
            // A node that is down, or silent, has no part in a snapshot.
            return (group, null);
        }
    }

    // A router that decides by the coordinator's transaction holds the lock until that is over. If it does not, it is dead, and an open transaction may commit at any time.
    private static async Task<bool> AnyIsDecidedAsync(BackendConnection coordinator, List<GlobalTransactionId> ids)
    {
        var gids = ids.Where(i => i.CoordinatorXid is null).Select(i => ShardNames.Literal(i.ToString()));
        string Xids(bool ofClients) => string.Join(',', ids.Where(i => i.CoordinatorXid is not null && (i.LinkPid == GlobalTransactionId.OfClient) == ofClients).Select(i => $"'{i.CoordinatorXid}'"));

        // What a client has prepared is decided by COMMIT PREPARED, under the lock, and may wait for that for days.
        var rows = await coordinator.QueryAsync(
            $"""
            SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_transaction WHERE gid = ANY (ARRAY[{string.Join(',', gids)}]::text[]) AND outer_xid IS NOT NULL)
                OR EXISTS (SELECT FROM pg_catalog.unnest(ARRAY[{Xids(ofClients: false)}]::xid8[]) AS x WHERE pg_catalog.pg_xact_status(x) <> 'aborted')
                OR EXISTS (SELECT FROM pg_catalog.unnest(ARRAY[{Xids(ofClients: true)}]::xid8[]) AS x WHERE pg_catalog.pg_xact_status(x) = 'committed')
            """,
            CancellationToken.None).ConfigureAwait(false);
        return rows[0][0] == "t";
    }
}
