using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.TwoPhase;

namespace Tangelo.Server.Recovery;

/// <summary>
/// Removes the decisions of routers that are gone. A decision is written after everything was prepared, and a dead router
/// prepares nothing more: a decision whose transaction is not prepared on its node was carried out there.
/// </summary>
internal sealed class DecisionCleanup(RouterState router, Func<string, CancellationToken, Task<bool>> isAlive)
{
    /// <summary>Looks at all decisions in a database; those of nodes that do not answer stay.</summary>
    public async Task RunAsync(DatabaseState database, CancellationToken cancellation)
    {
        var decisions = await ReadAsync(database, cancellation).ConfigureAwait(false);
        var dead = new List<(GroupId Group, string Gid)>();
        foreach (var ofRouter in decisions.GroupBy(d => d.Router).Where(g => g.Key != router.RouterId))
        {
            if (!await isAlive(ofRouter.Key, cancellation).ConfigureAwait(false))
                dead.AddRange(ofRouter.Select(d => (d.Group, d.Gid)));
        }

        foreach (var ofNode in dead.GroupBy(d => d.Group, d => d.Gid))
        {
            HashSet<string> open;
            try
            {
                open = await PreparedAsync(database, ofNode.Key, cancellation).ConfigureAwait(false);
            }
            catch (PgException)
            {
                // Recovery, which asks the same nodes, reports it.
                continue;
            }

            string[] done = [.. ofNode.Except(open)];
            await using var command = database.Coordinator.CreateCommand("DELETE FROM pg_catalog.pg_dist_transaction WHERE gid = ANY($1)");
            command.Parameters.Add(new() { Value = done });
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static async Task<List<(string Router, GroupId Group, string Gid)>> ReadAsync(DatabaseState database, CancellationToken cancellation)
    {
        await using var command = database.Coordinator.CreateCommand("SELECT groupid, gid FROM pg_catalog.pg_dist_transaction WHERE outer_xid IS NOT NULL LIMIT 10000");
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var rows = new List<(string Router, GroupId Group, string Gid)>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (GlobalTransactionId.TryParse(reader.GetString(1), out var id))
                rows.Add((id.Router, new GroupId(reader.GetInt32(0)), reader.GetString(1)));
        }

        return rows;
    }

    private async Task<HashSet<string>> PreparedAsync(DatabaseState database, GroupId group, CancellationToken cancellation)
    {
        // A node that was removed holds nothing of the cluster's any more.
        if (group != GroupId.Coordinator && database.Map.Primary(group) is null)
            return [];
        var rows = await router.OnNodeAsync(database, group, (c, stop) => c.QueryAsync("SELECT gid FROM pg_catalog.pg_prepared_xacts", stop), cancellation).ConfigureAwait(false);
        return [.. rows.Select(r => r[0]!)];
    }
}
