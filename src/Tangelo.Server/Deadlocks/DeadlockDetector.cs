using Microsoft.Extensions.Logging;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Server.Sessions;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Deadlocks;

/// <summary>
/// Finds transactions that wait for each other on different nodes, which no node can see by itself: the nodes' lock queues are
/// joined by the sessions that their backends work for, of all routers, and the youngest transaction of a cycle is cancelled by its router.
/// </summary>
internal sealed partial class DeadlockDetector(RouterState router)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan NodePatience = TimeSpan.FromSeconds(2);

    private readonly WaitingSessions _sessions = new(router);

    // Databases in whose tables this router shows sessions.
    private readonly HashSet<DatabaseState> _shown = [];

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

    /// <summary>Looks once.</summary>
    /// <returns>True when there was a deadlock whose victim is a session of this router.</returns>
    public async Task<bool> LookAsync(CancellationToken cancellation)
    {
        // A cycle over nodes takes two that wait, or one that works on the coordinator over its link and beside it. Most of the time nobody does.
        var waiting = router.Sessions.All.Where(s => s.BusyFor > Patience && s.Context.Transaction.IsOpen && s.Context.Database.IsInstalled)
            .GroupBy(s => s.Context.Database).ToDictionary(g => g.Key, g => g.ToList());
        var found = false;
        foreach (var database in waiting.Keys.Union(_shown).ToList())
            found |= await LookAsync(database, waiting.GetValueOrDefault(database) ?? [], cancellation).ConfigureAwait(false);
        return found;
    }

    private async Task<bool> LookAsync(DatabaseState database, List<ClientSession> own, CancellationToken cancellation)
    {
        var sessions = await router.OnNodeAsync(database, GroupId.Coordinator, (c, stop) => _sessions.ExchangeAsync(c, own, stop), cancellation).ConfigureAwait(false);
        if (own.Count == 0)
        {
            _shown.Remove(database);
            return false;
        }

        _shown.Add(database);
        if (sessions.Count < 2 && !sessions.Exists(s => s.Backends.Count(b => b.Group == GroupId.Coordinator) > 1))
            return false;
        if (FindDeadlock(await WaitsAsync(database, sessions, cancellation).ConfigureAwait(false)) is not { } deadlock || deadlock.Victim.Router != router.RouterId)
            return false;

        // The nodes were asked one after the other. Waits that are all still the same were all there at one time in between.
        var again = await WaitsAsync(database, sessions, cancellation).ConfigureAwait(false);
        if (own.Find(s => s.LinkPid == deadlock.Victim.Link) is not { } victim || !deadlock.Waits.All(again.Contains))
            return false;
        LogDeadlock(router.Log, deadlock.Waits.Count);
        await victim.CancelForDeadlockAsync(deadlock).ConfigureAwait(false);
        return true;
    }

    private static Deadlock? FindDeadlock(List<Wait> waits)
    {
        var graph = new WaitGraph<WaitingSession>();
        foreach (var wait in waits)
            graph.Add(wait.Waiter, wait.Holder);
        var cycle = graph.FindCycle();
        return cycle.Count == 0 ? null : new Deadlock([.. cycle.Select((s, i) => waits.Find(w => w.Waiter == s && w.Holder == cycle[(i + 1) % cycle.Count])!)]);
    }

    private async Task<List<Wait>> WaitsAsync(DatabaseState database, List<WaitingSession> sessions, CancellationToken cancellation)
    {
        var backends = sessions.SelectMany(s => s.Backends.Select(b => (Backend: b, Session: s))).DistinctBy(b => b.Backend).ToDictionary(b => b.Backend, b => b.Session);
        var answers = await Task.WhenAll(backends.Keys.GroupBy(b => b.Group).Select(async node =>
            (Group: node.Key, Rows: await BlockedOnAsync(database, node.Key, [.. node.Select(b => b.Pid)], cancellation).ConfigureAwait(false)))).ConfigureAwait(false);
        var waits = new List<Wait>();
        foreach (var (group, rows) in answers)
        {
            foreach (var row in rows)
            {
                if (backends.TryGetValue((group, row.Waiter), out var waiter) && backends.TryGetValue((group, row.Holder), out var holder))
                    waits.Add(new Wait(waiter, holder, row.Since, row.User, row.Statement));
            }
        }

        return waits;
    }

    // A node that does not answer shows no circle: the others still may.
    private async Task<List<(int Waiter, int Holder, string Since, string User, string Statement)>> BlockedOnAsync(
        DatabaseState database, GroupId group, List<int> pids, CancellationToken cancellation)
    {
        try
        {
            return await router.OnNodeAsync(database, group, (c, stop) => BlockedAsync(c, pids, stop), cancellation, NodePatience).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code == SqlState.ConnectionFailure)
        {
            return [];
        }
    }

    private static async Task<List<(int Waiter, int Holder, string Since, string User, string Statement)>> BlockedAsync(BackendConnection connection, IEnumerable<int> pids, CancellationToken cancellation)
    {
        // Who stands first in the queue for a row has done nothing to those behind him: they wait for whom he waits for.
        var rows = await connection.QueryAsync(
            $"""
            SELECT a.pid, b.holder, l.waitstart, a.usename, pg_catalog."left"(a.query, 1000)
            FROM pg_catalog.pg_stat_activity a
            JOIN pg_catalog.pg_locks l ON l.pid = a.pid AND NOT l.granted
            CROSS JOIN LATERAL (
                SELECT h FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS u(h) WHERE l.locktype <> 'tuple'
                UNION SELECT x FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS u(h)
                JOIN pg_catalog.pg_locks k ON k.pid = u.h AND NOT k.granted AND k.locktype <> 'tuple'
                CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(u.h)) AS v(x) WHERE l.locktype = 'tuple') AS b(holder)
            WHERE a.wait_event_type = 'Lock' AND a.pid IN ({string.Join(',', pids)})
            """,
            cancellation).ConfigureAwait(false);
        return [.. rows.Select(r => (int.Parse(r[0]!), int.Parse(r[1]!), r[2] ?? "", r[3] ?? "", r[4] ?? ""))];
    }
}
