using Npgsql;
using Tangelo.Core;
using Tangelo.Server.Sessions;
using Tangelo.Server.Snapshots;
using Tangelo.Workers.Transactions;
using Tangelo.Workers.TwoPhase;

namespace Tangelo.Server.Loopback;

/// <summary>
/// The workers' part of a statement that the coordinator runs in autocommit and that calls back. The coordinator commits by
/// itself; in its pre-commit postgres_fdw sends COMMIT to the loopback, and there the workers are prepared. The fate of the
/// coordinator's transaction is then theirs (docs/architecture.md, Transactions).
/// </summary>
internal sealed class LoopbackTransaction(SessionContext context)
{
    // A procedure that has committed may go on for long without touching a shard.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private Task _settlement = Task.CompletedTask;
    private bool _owned;
    private ulong? _pendingXid;
    private long _activeSequence;
    private DecisionLock? _lock;

    /// <summary>True when the statement only reads: all that it reads of a node is one snapshot.</summary>
    public bool StatementReadsOnly { get; set; }

    /// <summary>postgres_fdw begins: joins the client's transaction, or opens one for this statement.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        // A procedure has committed and goes on: what it prepared before is decided by now.
        if (_pendingXid is not null)
            await SettlePendingAsync(() => FateAsync(cancellation)).ConfigureAwait(false);

        if (context.Transaction.IsOpen)
            return;
        _owned = true;
        var settings = context.KnownSettings;
        var together = settings.TakesSnapshots || settings.Isolation != IsolationLevel.ReadCommitted;
        context.Transaction.Open(StatementReadsOnly ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN", together ? SnapshotTaking.Together : SnapshotTaking.NodeByNode);
    }

    /// <summary>The session has opened a transaction of its own around what the loopback began: it ends both.</summary>
    public void HandOver() => _owned = false;

    /// <summary>The coordinator's commit, which is about to be sent, ends the session's transaction too.</summary>
    public void TakeOver() => _owned = true;

    /// <summary>postgres_fdw's COMMIT: the coordinator is about to commit.</summary>
    /// <param name="backend">Who commits.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">A node cannot commit: the coordinator's transaction fails with it. Or that is over.</exception>
    public async Task CommitAsync(CoordinatorBackend backend, CancellationToken cancellation)
    {
        if (!_owned)
            return;
        _owned = false;
        if (context.Transaction.Writers == 0)
        {
            await context.Transaction.CommitPlainAsync(cancellation).ConfigureAwait(false);
            return;
        }

        var xid = await backend.XidAsync(context.Database.Coordinator, cancellation).ConfigureAwait(false);
        if (xid is null && context.Transaction.Writers == 1)
        {
            await context.Transaction.CommitPlainAsync(cancellation).ConfigureAwait(false);
            return;
        }

        var sequence = context.Router.NextSequence();
        context.Router.ActiveCommits.Add(sequence);
        _activeSequence = sequence;
        try
        {
            if (xid is not null)
                _lock = await DecisionLock.TakeAsync(context.CoordinatorPool, backend, cancellation).ConfigureAwait(false);
            var prepared = await context.Transaction.PrepareAsync(
                group => new GlobalTransactionId(context.Router.RouterId, context.Lease.ProcessId, sequence, group, xid).ToString(),
                cancellation).ConfigureAwait(false);
            if (xid is not null)
            {
                _pendingXid = xid;
                _ = SettleLateAsync(xid.Value);
                return;
            }

            // The coordinator has nothing to commit that could carry the decision.
            await DecideAsync(TransactionBlock.DecisionSql(prepared)).ConfigureAwait(false);
            if (await context.Transaction.CommitPreparedAsync().ConfigureAwait(false))
                context.Router.Recovery.DecisionsCarriedOut(context.Database, prepared.Select(p => p.Gid));
        }
        finally
        {
            if (_pendingXid is null)
            {
                context.Router.ActiveCommits.Remove(sequence);
                await ReleaseLockAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>postgres_fdw's ABORT: the coordinator's transaction has failed.</summary>
    public async Task AbortAsync()
    {
        if (!_owned)
            return;
        _owned = false;
        await context.Transaction.RollbackAsync().ConfigureAwait(false);
    }

    /// <summary>The coordinator has answered the statement: its transaction's fate is known.</summary>
    public async ValueTask SettleAsync(bool committed, CancellationToken cancellation)
    {
        // An error can come after a commit only from a procedure that went on, so its status is asked for then.
        if (_pendingXid is not null)
            await SettlePendingAsync(() => committed ? Task.FromResult<bool?>(true) : FateAsync(cancellation)).ConfigureAwait(false);

        if (_owned)
            await AbortAsync().ConfigureAwait(false);
    }

    /// <summary>The session ends before the coordinator has answered: recovery settles what is prepared.</summary>
    public void Abandon()
    {
        if (_pendingXid is null)
            return;
        _pendingXid = null;
        context.Router.ActiveCommits.Remove(_activeSequence);
        _ = ReleaseLockAsync();
    }

    /// <param name="readFate">Whether it was committed, asked when nobody else settles it.</param>
    /// <param name="leavesOpen">Nothing is done while the coordinator's transaction is not over.</param>
    private Task SettlePendingAsync(Func<Task<bool?>> readFate, bool leavesOpen = false)
    {
        lock (_gate)
            return _settlement = SettleAfterAsync(_settlement, readFate, leavesOpen);
    }

    private async Task SettleAfterAsync(Task previous, Func<Task<bool?>> readFate, bool leavesOpen)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_pendingXid is null)
            return;
        var committed = await readFate().ConfigureAwait(false);
        if (committed is null && leavesOpen)
            return;
        var releasing = Task.CompletedTask;
        if (Interlocked.Exchange(ref _lock, null) is { } held)
        {
            if (committed != true)
                releasing = held.ReleaseAsync();
            else if (!await held.ReleaseDurablyAsync().ConfigureAwait(false))
                committed = null;
        }

        switch (committed)
        {
            case true:
                await context.Transaction.CommitPreparedAsync().ConfigureAwait(false);
                break;
            case false:
                await context.Transaction.RollbackPreparedAsync().ConfigureAwait(false);
                break;
            default:
                context.Transaction.LeavePrepared();
                break;
        }

        await releasing.ConfigureAwait(false);
        context.Router.ActiveCommits.Remove(_activeSequence);
        _pendingXid = null;
    }

    private async Task SettleLateAsync(ulong xid)
    {
        while (true)
        {
            await Task.Delay(Patience).ConfigureAwait(false);
            if (_pendingXid != xid)
                return;
            await SettlePendingAsync(() => _pendingXid == xid ? FateAsync(CancellationToken.None) : Task.FromResult<bool?>(null), leavesOpen: true).ConfigureAwait(false);
        }
    }

    private async Task ReleaseLockAsync()
    {
        if (Interlocked.Exchange(ref _lock, null) is { } held)
            await held.ReleaseAsync().ConfigureAwait(false);
    }

    /// <summary>Writes the decision in a transaction of its own.</summary>
    private async Task DecideAsync(string sql)
    {
        try
        {
            // It must not be given up once it is on its way: it may count.
            await using var command = context.Database.Coordinator.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.InvariantSeverity == "ERROR")
        {
            await context.Transaction.RollbackPreparedAsync().ConfigureAwait(false);
            throw new PgException(e.SqlState, e.MessageText, inner: e);
        }
        catch (NpgsqlException e)
        {
            // Nobody knows whether the decision was made: recovery finds out.
            context.Transaction.LeavePrepared();
            throw new PgException("08007", "the coordinator was lost while the transaction was being committed", "Its outcome will be settled by recovery.", inner: e);
        }
    }

    /// <summary>What became of the coordinator's transaction; null while it runs, or when the coordinator cannot be asked.</summary>
    private async Task<bool?> FateAsync(CancellationToken cancellation)
    {
        try
        {
            await using var command = context.Database.Coordinator.CreateCommand(
                $"SELECT CASE pg_catalog.pg_xact_status('{_pendingXid}'::xid8) WHEN 'committed' THEN true WHEN 'aborted' THEN false END");
            return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) as bool?;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }
}
