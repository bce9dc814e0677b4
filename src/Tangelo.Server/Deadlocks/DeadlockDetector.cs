using Microsoft.Extensions.Logging;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Server.Sessions;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Deadlocks;

/// <summary>
/// Finds transactions that wait for each other on different nodes, which no node can see by itself: the nodes' lock queues are
/// joined by the sessions that their backends work for, and the youngest transaction of a cycle is cancelled.
/// </summary>
internal sealed partial class DeadlockDetector(RouterState router)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(900);

    /// <summary>Looks again and again until the router stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await Task.Delay(Interval, stopping).ConfigureAwait(false);
                await LookAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (PgException e)
            {
                LogFailure(router.Log, e);
            }
        }
    }

    [LoggerMessage(20, LogLevel.Warning, "The search for deadlocks will be tried again")]
    private static partial void LogFailure(ILogger log, Exception exception);

    [LoggerMessage(21, LogLevel.Information, "Deadlock of {Count} sessions: the youngest transaction is cancelled")]
    private static partial void LogDeadlock(ILogger log, int count);

    private async Task LookAsync(CancellationToken cancellation)
    {
        // A cycle over nodes takes two that wait, or one that works on the coordinator over its link and beside it. Most of the time nobody does.
        var waiting = router.Sessions.All.Where(s => s.BusyFor > Patience && s.Context.Transaction.IsOpen).ToList();
        if (waiting.Count < 2 && !waiting.Exists(s => s.Context.Transaction.Backends.Any(b => b.Group == GroupId.Coordinator)))
            return;

        var backends = new Dictionary<(GroupId Group, int Pid), ClientSession>();
        foreach (var session in router.Sessions.All)
        {
            backends[(GroupId.Coordinator, session.LinkPid)] = session;
            foreach (var (group, pid) in session.Context.Transaction.Backends)
                backends[(group, pid)] = session;
        }

        var graph = new WaitGraph<ClientSession>();
        foreach (var node in backends.GroupBy(b => b.Key.Group))
        {
            var database = node.First().Value.Context.Database;
            var pool = router.Pools.For(database.Map, node.Key, database.Name, router.Coordinator.User);
            var connection = await pool.LendAsync(cancellation).ConfigureAwait(false);
            try
            {
                foreach (var (waiter, holder) in await BlockedAsync(connection, node.Select(b => b.Key.Pid), cancellation).ConfigureAwait(false))
                {
                    if (backends.TryGetValue((node.Key, waiter), out var who) && backends.TryGetValue((node.Key, holder), out var whom))
                        graph.Add(who, whom);
                }
            }
            finally
            {
                pool.Return(connection);
            }
        }

        if (graph.FindCycle() is { Count: > 0 } cycle)
        {
            LogDeadlock(router.Log, cycle.Count);
            var victim = cycle.MaxBy(s => s.Context.Blocks.StartedAt)!;
            await victim.CancelForDeadlockAsync(cycle).ConfigureAwait(false);
        }
    }

    private static async Task<List<(int Waiter, int Holder)>> BlockedAsync(BackendConnection connection, IEnumerable<int> pids, CancellationToken cancellation)
    {
        var rows = await connection.QueryAsync(
            $"""
            SELECT a.pid, b.holder
            FROM pg_catalog.pg_stat_activity a, pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS b(holder)
            WHERE a.wait_event_type = 'Lock' AND a.pid IN ({string.Join(',', pids)})
            """,
            cancellation).ConfigureAwait(false);
        return [.. rows.Select(r => (int.Parse(r[0]!), int.Parse(r[1]!)))];
    }
}
