using System.Diagnostics;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Pooling;

namespace Tangelo.Server.Snapshots;

/// <summary>
/// A moment in which no transaction over several nodes is visible by half, in one database. Every such transaction holds an advisory lock of the
/// coordinator shared while its decision is committed; here the lock is held alone, so nobody decides, and what was decided before is waited for
/// until every node has carried it out. Snapshots that the nodes take meanwhile fit together (docs/transactions.md).
/// </summary>
/// <remarks>Readers that come at the same time share one: they do not disturb each other.</remarks>
internal sealed class CommitWindow(RouterState router, DatabaseState database)
{
    /// <summary>The key of the advisory lock; <c>tangelo_record_decision</c> takes it too.</summary>
    public const long LockKey = 8386105371502866295;

    // Others may still come in for so long after it was opened. What they do there is one round trip.
    private static readonly TimeSpan OpenFor = TimeSpan.FromMilliseconds(1);

    // A commit holds its lock for a moment. A router that hangs in the middle of one must not make the other commits, which queue behind this, wait with it.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // A node that is silent is not waited for.
    private static readonly TimeSpan RecoveryPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly UnsettledCommits _unsettled = new(router, database);
    private Opening? _newest;

    /// <summary>Waits until the window is open. Whoever was let in must <see cref="LeaveAsync"/>.</summary>
    /// <exception cref="PgException">40001: a commit of another router did not end.</exception>
    public async Task<Visit> EnterAsync(CancellationToken cancellation)
    {
        Opening opening;
        lock (_gate)
        {
            if (_newest is not { IsOver: false } newest || !newest.TakesMore)
                _newest = newest = new Opening(OpenAsync, _newest?.Closed ?? Task.CompletedTask);
            newest.Visitors++;
            opening = newest;
        }

        var visit = new Visit(this, opening);
        try
        {
            await opening.Opened.WaitAsync(cancellation).ConfigureAwait(false);
            return visit;
        }
        catch
        {
            _ = LeaveAsync(opening);
            throw;
        }
    }

    private Task LeaveAsync(Opening opening)
    {
        lock (_gate)
        {
            if (--opening.Visitors == 0)
            {
                opening.IsOver = true;
                _ = CloseAsync(opening);
            }
        }

        return opening.Closed;
    }

    private static async Task CloseAsync(Opening opening)
    {
        try
        {
            await (await opening.Opened.ConfigureAwait(false)).ReleaseAsync().ConfigureAwait(false);
            opening.End.SetResult();
        }
        catch (Exception e)
        {
            opening.End.SetException(e);
            _ = opening.Closed.Exception;
        }
    }

    private async Task<Held> OpenAsync(Task previous)
    {
        await previous.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await TryOpenAsync().ConfigureAwait(false) is { } held)
                return held;
            if (Stopwatch.GetElapsedTime(since) > Limit)
            {
                throw new PgException(
                    SqlState.SerializationFailure, "could not serialize access because a transaction over several nodes is neither committed everywhere nor rolled back",
                    "A router or a node did not answer while it was being committed.", "The transaction might succeed if retried.");
            }

            // What a dead router has left is settled by whoever meets it first.
            await Task.WhenAny(router.Recovery.RecoverAsync(database, CancellationToken.None), Task.Delay(RecoveryPatience)).ConfigureAwait(false);
            await Task.Delay(50).ConfigureAwait(false);
        }
    }

    /// <returns>Null when it has to be tried again.</returns>
    private async Task<Held?> TryOpenAsync()
    {
        var pool = router.OwnPool(database.Map, GroupId.Coordinator, database.Name);
        var held = new Held(pool, await pool.LendAtOnceAsync(CancellationToken.None).ConfigureAwait(false));
        try
        {
            // A router that hangs while it holds the lock alone would stop all commits: the coordinator takes the lock away from it.
            await held.Connection.QueryAsync(
                $"BEGIN; SET LOCAL lock_timeout = {Patience.TotalMilliseconds}; SET LOCAL idle_in_transaction_session_timeout = 2000; SELECT pg_catalog.pg_advisory_xact_lock({LockKey})",
                CancellationToken.None).ConfigureAwait(false);
            var since = Stopwatch.GetTimestamp();
            do
            {
                if (await _unsettled.ReachableIfNoneAsync(held.Connection).ConfigureAwait(false) is { } reachable)
                {
                    held.Reachable = reachable;
                    held.Since = Stopwatch.GetTimestamp();
                    return held;
                }

                await Task.Delay(1).ConfigureAwait(false);
            }
            while (Stopwatch.GetElapsedTime(since) < Patience);
        }
        catch (PgException e) when (e.Code == SqlState.LockNotAvailable)
        {
            // Somebody's commit hangs.
        }
        catch
        {
            held.Connection.Abort();
            pool.Return(held.Connection);
            throw;
        }

        await held.GiveUpAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>One reader's stay.</summary>
    internal readonly struct Visit(CommitWindow window, Opening opening)
    {
        /// <summary>The nodes of which it is known that nothing is unsettled there.</summary>
        public IReadOnlySet<GroupId> Reachable => opening.Opened.Result.Reachable;

        /// <summary>Ends the stay.</summary>
        /// <exception cref="PgException">The window was not held to its end: what was done in it does not count.</exception>
        public Task LeaveAsync() => window.LeaveAsync(opening);
    }

    /// <summary>The lock while it is held.</summary>
    internal sealed class Held(WorkerPool pool, BackendConnection connection)
    {
        public BackendConnection Connection => connection;

        public IReadOnlySet<GroupId> Reachable { get; set; } = new HashSet<GroupId>();

        public long Since { get; set; }

        public async Task ReleaseAsync()
        {
            try
            {
                await connection.QueryAsync("COMMIT", CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                pool.Return(connection);
            }
        }

        public async Task GiveUpAsync()
        {
            try
            {
                await connection.QueryAsync("ROLLBACK", CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                pool.Return(connection);
            }
        }
    }

    /// <summary>One time that the window is open.</summary>
    internal sealed class Opening(Func<Task, Task<Held>> open, Task previous)
    {
        private readonly Lazy<Task<Held>> _opened = new(() => Task.Run(() => open(previous)));

        public Task<Held> Opened => _opened.Value;

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Closed => End.Task;

        public int Visitors { get; set; }

        public bool IsOver { get; set; }

        public bool TakesMore => !Opened.IsCompleted || (Opened.IsCompletedSuccessfully && Stopwatch.GetElapsedTime(Opened.Result.Since) < OpenFor);
    }
}
