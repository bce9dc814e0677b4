using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;
using Tangelo.Workers.TwoPhase;

namespace Tangelo.Server.Recovery;

/// <summary>
/// Settles prepared transactions that a crash left behind, of this router or another. The order matters: the prepared ones are
/// listed first, then it is made sure that nobody can decide for them any more (docs/decisions/0057), and only then they are settled.
/// </summary>
internal sealed partial class TransactionRecovery(RouterState router) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A coordinator that starts has lost the locks by which routers show that they live. They come back within an interval.
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(4);

    private readonly ConcurrentQueue<(DatabaseState Database, string Gid)> _carriedOut = new();
    private readonly ConcurrentDictionary<(Oid Database, NodeId Node), SemaphoreSlim> _turns = new();
    private readonly ConcurrentDictionary<Oid, Task> _cleaning = new();
    private NpgsqlConnection? _presence;
    private long _returnedAt;

    /// <inheritdoc/>
    public void Dispose() => _presence?.Dispose();

    /// <summary>Decisions that every node has confirmed: their rows can go.</summary>
    public void DecisionsCarriedOut(DatabaseState database, IEnumerable<string> gids)
    {
        foreach (var gid in gids)
            _carriedOut.Enqueue((database, gid));
    }

    /// <summary>
    /// Shows other routers that this one lives: an advisory lock whose key comes from the router's id, held by a connection that
    /// ends with the process.
    /// </summary>
    public async Task RegisterRouterAsync(DatabaseState database, CancellationToken cancellation)
    {
        _presence = await database.Coordinator.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("SELECT pg_catalog.set_config('application_name', $2, false), pg_catalog.pg_advisory_lock_shared($1)", _presence);
        command.Parameters.Add(new() { Value = PresenceKey(router.RouterId) });
        command.Parameters.Add(new() { Value = MetadataInstaller.PresenceName(router.Loopback) });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Recovers again and again until the router stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var cleanup = new DecisionCleanup(router, IsAliveAsync);
        try
        {
            while (true)
            {
                try
                {
                    await EnsurePresenceAsync(stopping).ConfigureAwait(false);
                    await ForgetCarriedOutAsync(stopping).ConfigureAwait(false);
                }
                catch (Exception e) when (IsOfServers(e))
                {
                    LogFailure(router.Log, e.Message);
                }

                foreach (var database in router.Databases.Where(d => d.IsInstalled))
                    await LookAfterAsync(database, cleanup, stopping).ConfigureAwait(false);
                router.Pools.Trim(TimeSpan.FromMinutes(10));
                router.Links?.Trim(TimeSpan.FromMinutes(2));

                await Task.Delay(Interval, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            if (_presence is { } presence)
                await presence.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static bool IsOfServers(Exception e) => e is PgException or NpgsqlException or IOException or System.Net.Sockets.SocketException;

    private async Task LookAfterAsync(DatabaseState database, DecisionCleanup cleanup, CancellationToken cancellation)
    {
        try
        {
            await MetadataInstaller.AddRouterAsync(database.Coordinator, router.Loopback, cancellation).ConfigureAwait(false);
            await router.NodeSettings.LookAfterAsync(database, cancellation).ConfigureAwait(false);

            // What waits for a silent node keeps nothing else waiting: it goes on beside the next round.
            var recovering = Task.WhenAll(NodesOf(database).Select(n => RecoverNodeInTurnAsync(database, n, TimeSpan.Zero, cancellation)));
            if (!_cleaning.TryGetValue(database.Oid, out var cleaning) || cleaning.IsCompleted)
                _cleaning[database.Oid] = cleaning = CleanAsync(database, cleanup, cancellation);
            await Task.WhenAny(Task.WhenAll(recovering, cleaning), Task.Delay(Interval, cancellation)).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await router.ForgetAsync(database).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfServers(e))
        {
            LogFailure(router.Log, e.Message);
        }
    }

    /// <summary>Settles what can be settled now.</summary>
    /// <returns>How many prepared transactions were committed or rolled back.</returns>
    public async Task<int> RecoverAsync(DatabaseState database, CancellationToken cancellation) =>
        (await Task.WhenAll(NodesOf(database).Select(n => RecoverNodeInTurnAsync(database, n, Timeout.InfiniteTimeSpan, cancellation))).ConfigureAwait(false)).Sum();

    private static List<Node> NodesOf(DatabaseState database) => [.. database.Map.Nodes.Where(n => n.Role == "primary" && n.IsActive)];

    // One at a time for each node.
    private async Task<int> RecoverNodeInTurnAsync(DatabaseState database, Node node, TimeSpan patience, CancellationToken cancellation)
    {
        var turn = _turns.GetOrAdd((database.Oid, node.Id), _ => new SemaphoreSlim(1, 1));
        if (!await turn.WaitAsync(patience, cancellation).ConfigureAwait(false))
            return 0;
        try
        {
            return await RecoverNodeAsync(database, node, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfServers(e))
        {
            // The node is down: its transactions wait for it.
            LogFailure(router.Log, e.Message);
            return 0;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task CleanAsync(DatabaseState database, DecisionCleanup cleanup, CancellationToken cancellation)
    {
        try
        {
            await cleanup.RunAsync(database, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfServers(e))
        {
            LogFailure(router.Log, e.Message);
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "Recovery of prepared transactions will be tried again: {Reason}")]
    private static partial void LogFailure(ILogger log, string reason);

    [LoggerMessage(11, LogLevel.Information, "Recovered {Gid} on {Node}: {Command}")]
    private static partial void LogSettled(ILogger log, string gid, string node, string command);

    private static long PresenceKey(string routerId) => BitConverter.ToInt64(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(routerId)));

    private async Task EnsurePresenceAsync(CancellationToken cancellation)
    {
        if (_presence is { } presence)
        {
            // A connection whose server is gone looks open until it is used.
            try
            {
                await using var command = new NpgsqlCommand("SELECT 1", presence) { CommandTimeout = 5 };
                await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (IsOfServers(e) || e is InvalidOperationException)
            {
                _presence = null;
                await presence.DisposeAsync().ConfigureAwait(false);
            }
        }

        await router.FindCoordinatorAsync(TimeSpan.Zero, cancellation).ConfigureAwait(false);
        var database = await router.DatabaseAsync(router.Coordinator.Database).ConfigureAwait(false);
        await RegisterRouterAsync(database, cancellation).ConfigureAwait(false);
        _returnedAt = Stopwatch.GetTimestamp();
    }

    private async Task ForgetCarriedOutAsync(CancellationToken cancellation)
    {
        var gids = new List<(DatabaseState Database, string Gid)>();
        while (gids.Count < 10_000 && _carriedOut.TryDequeue(out var one))
            gids.Add(one);
        foreach (var database in gids.GroupBy(g => g.Database))
            await DeleteDecisionsAsync(database.Key, [.. database.Select(g => g.Gid)], cancellation).ConfigureAwait(false);
    }

    private static async Task DeleteDecisionsAsync(DatabaseState database, string[] gids, CancellationToken cancellation)
    {
        await using var command = database.Coordinator.CreateCommand("DELETE FROM pg_catalog.pg_dist_transaction WHERE gid = ANY($1)");
        command.Parameters.Add(new() { Value = gids });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<int> RecoverNodeAsync(DatabaseState database, Node node, CancellationToken cancellation)
    {
        var pool = router.OwnPool(database.Map, node.Group, database.Name);
        var connection = await pool.LendAtOnceAsync(cancellation).ConfigureAwait(false);
        try
        {
            // A commit that was under way before the list was made may end while the list is looked at: it is no orphan either.
            var underWay = router.ActiveCommits.Snapshot();
            var rows = await connection.QueryAsync(
                $"SELECT gid, owner FROM pg_catalog.pg_prepared_xacts WHERE gid LIKE '{GlobalTransactionId.LikePattern}' AND database = pg_catalog.current_database()",
                cancellation).ConfigureAwait(false);
            var orphans = await OrphansAsync(database, rows.Select(r => r[0]!), underWay, cancellation).ConfigureAwait(false);
            foreach (var orphan in orphans)
            {
                // Who is no superuser may end what it has prepared itself only.
                if (connection.IsRestricted)
                    await connection.QueryAsync($"SET ROLE {ShardNames.Quote(rows.First(r => r[0] == orphan.ToString())[1]!)}", cancellation).ConfigureAwait(false);
                await SettleAsync(database, node, connection, orphan, cancellation).ConfigureAwait(false);
            }

            return orphans.Count;
        }
        finally
        {
            if (connection.IsRestricted)
                connection.AppliedSettings = new object();
            pool.Return(connection);
        }
    }

    /// <summary>Those of which nobody is in the middle.</summary>
    private async Task<List<GlobalTransactionId>> OrphansAsync(
        DatabaseState database, IEnumerable<string> gids, IReadOnlySet<long> underWay, CancellationToken cancellation)
    {
        var orphans = new List<GlobalTransactionId>();
        foreach (var gid in gids)
        {
            if (!GlobalTransactionId.TryParse(gid, out var id))
                continue;
            if (id.LinkPid == GlobalTransactionId.OfClient)
            {
                orphans.Add(id);
                continue;
            }

            if (id.Router == router.RouterId ? underWay.Contains(id.Sequence) || router.ActiveCommits.Contains(id.Sequence) : await IsAliveAsync(id.Router, cancellation).ConfigureAwait(false))
                continue;
            if (id.CoordinatorXid is not null || await CannotDecideAsync(database, id.LinkPid, cancellation).ConfigureAwait(false))
                orphans.Add(id);
        }

        return orphans;
    }

    private async Task<bool> IsAliveAsync(string routerId, CancellationToken cancellation)
    {
        // Who has lost the coordinator and found it again, or its successor, has not been alone in that.
        if (_returnedAt is var returned and not 0 && Stopwatch.GetElapsedTime(returned) < ReturnTime)
            return true;

        // Advisory locks belong to a database: the presence is shown in the routers' own.
        var database = await router.DatabaseAsync(router.Coordinator.Database).ConfigureAwait(false);
        await using var connection = await database.Coordinator.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(
            """
            SELECT CASE WHEN pg_catalog.clock_timestamp() < pg_catalog.pg_postmaster_start_time() + $2 THEN true
                        WHEN pg_catalog.pg_try_advisory_lock($1) THEN NOT pg_catalog.pg_advisory_unlock($1)
                        ELSE true END
            """,
            connection);
        command.Parameters.Add(new() { Value = PresenceKey(routerId) });
        command.Parameters.Add(new() { Value = ReturnTime });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is true;
    }

    /// <summary>
    /// A backend whose router is dead, or whose connection was lost, may still be committing the decision: it is ended before decisions are
    /// read. Who has written one holds a lock until its commit is over, so nobody else with that process id is hit.
    /// </summary>
    /// <returns>False when it has not ended yet.</returns>
    private static async Task<bool> CannotDecideAsync(DatabaseState database, int pid, CancellationToken cancellation)
    {
        const string Sql =
            """
            SELECT pg_catalog.bool_and(pg_catalog.pg_terminate_backend(l.pid, 10000)) FROM pg_catalog.pg_locks l
            WHERE l.pid = $1 AND l.relation = 'pg_catalog.pg_dist_transaction'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted
            """;
        await using var command = database.Coordinator.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = pid });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is not false;
    }

    private async Task SettleAsync(
        DatabaseState database, Node node, BackendConnection connection, GlobalTransactionId id, CancellationToken cancellation)
    {
        var gid = id.ToString();
        if (await IsCommittedAsync(database, id, gid, cancellation).ConfigureAwait(false) is not { } committed)
            return;
        var command = $"{(committed ? "COMMIT" : "ROLLBACK")} PREPARED {ShardNames.Literal(gid)}";
        await connection.QueryAsync(command, cancellation).ConfigureAwait(false);
        LogSettled(router.Log, gid, node.Address, command);
        if (committed && id.CoordinatorXid is null)
            await DeleteDecisionsAsync(database, [gid], cancellation).ConfigureAwait(false);
    }

    /// <summary>The decision, after which there can be no other; null while the coordinator's transaction is not over.</summary>
    private static async Task<bool?> IsCommittedAsync(DatabaseState database, GlobalTransactionId id, string gid, CancellationToken cancellation)
    {
        await using var command = database.Coordinator.CreateCommand(id.CoordinatorXid is { } xid
            ? $"SELECT CASE pg_catalog.pg_xact_status('{xid}'::xid8) WHEN 'committed' THEN true WHEN 'aborted' THEN false END"
            : $"SELECT pg_catalog.tangelo_refuse_commit({id.Group}, {ShardNames.Literal(gid)})");
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) as bool?;
    }
}
