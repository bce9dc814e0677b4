using System.Collections.Immutable;
using System.Diagnostics;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Server.Recovery;
using Tangelo.Server.Sessions;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Deadlocks;

/// <summary>
/// The sessions that wait, of this router and of the others: each router shows its own in a table of the coordinator, and only while it has any.
/// All members of a deadlock wait, so nobody else has to be known.
/// </summary>
internal sealed class WaitingSessions(RouterState router)
{
    /// <summary>Shows the router's own and reads everybody's.</summary>
    /// <param name="coordinator">A connection of the router's.</param>
    /// <param name="own">The router's sessions that wait in this database; none when it only takes back what it has shown.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<List<WaitingSession>> ExchangeAsync(BackendConnection coordinator, IReadOnlyCollection<ClientSession> own, CancellationToken cancellation)
    {
        var id = ShardNames.Literal(router.RouterId);
        var rows = own.Select(session =>
        {
            var backends = session.Context.Transaction.Backends;

            // A repair is tried again: it counts as the youngest.
            var isRepair = session.Context.Parameters.GetValueOrDefault("application_name") == PlacementRepair.ApplicationName;
            var age = isRepair ? 0 : (long)Stopwatch.GetElapsedTime(session.Context.Blocks.StartedAt).TotalMicroseconds;
            return $"({id}, {session.LinkPid}, now() - {age} * interval '1 microsecond', ARRAY[{string.Join(',', backends.Select(b => b.Group))}]::int[], ARRAY[{string.Join(',', backends.Select(b => b.Pid))}]::int[])";
        });
        var show = own.Count == 0 ? "" : $"; INSERT INTO pg_catalog.tangelo_waiting (router, link, began, groups, pids) VALUES {string.Join(", ", rows)}";
        await coordinator.QueryAsync(
            $"DELETE FROM pg_catalog.tangelo_waiting WHERE router = {id} OR seen < pg_catalog.clock_timestamp() - interval '1 minute'{show}", cancellation).ConfigureAwait(false);
        return await ReadAsync(coordinator, cancellation).ConfigureAwait(false);
    }

    /// <summary>Everybody's, as shown last.</summary>
    public static async Task<List<WaitingSession>> ReadAsync(BackendConnection coordinator, CancellationToken cancellation)
    {
        var seen = await coordinator.QueryAsync(
            """
            SELECT router, link, (EXTRACT(epoch FROM began) * 1000000)::int8, pg_catalog.array_to_string(groups, ','), pg_catalog.array_to_string(pids, ',')
            FROM pg_catalog.tangelo_waiting WHERE seen > pg_catalog.clock_timestamp() - interval '2 seconds'
            """,
            cancellation).ConfigureAwait(false);
        return [.. seen.Select(r => new WaitingSession(r[0]!, int.Parse(r[1]!), long.Parse(r[2]!), [(GroupId.Coordinator, int.Parse(r[1]!)), .. Numbers(r[3]!).Zip(Numbers(r[4]!), (g, p) => (new GroupId(g), p))]))];
    }

    private static IEnumerable<int> Numbers(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
}
