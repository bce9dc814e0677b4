using Npgsql;
using Tangelo.Core;
using Tangelo.Server.Sessions;
using Tangelo.Workers.TwoPhase;

namespace Tangelo.Server.Loopback;

/// <summary>
/// The workers' part of a statement that the coordinator runs in autocommit and that calls back. The coordinator commits by
/// itself; in its pre-commit postgres_fdw sends COMMIT to the loopback, and there the workers are prepared. The fate of the
/// coordinator's transaction is then theirs (docs/architecture.md, Transactions).
/// </summary>
internal sealed class LoopbackTransaction(SessionContext context)
{
    private bool _owned;
    private ulong? _pendingXid;
    private long _activeSequence;

    /// <summary>True when the statement only reads: all that it reads of a node is one snapshot.</summary>
    public bool StatementReadsOnly { get; set; }

    /// <summary>postgres_fdw begins: joins the client's transaction, or opens one for this statement.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_pendingXid is not null)
        {
            // A procedure has committed and goes on: what it prepared before is decided by now.
            await SettlePendingAsync(await FateAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        }

        if (context.Transaction.IsOpen)
            return;
        _owned = true;
        context.Transaction.Open(StatementReadsOnly ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN");
    }

    /// <summary>The session has opened a transaction of its own around what the loopback began: it ends both.</summary>
    public void HandOver() => _owned = false;

    /// <summary>The coordinator's commit, which is about to be sent, ends the session's transaction too.</summary>
    public void TakeOver() => _owned = true;

    /// <summary>postgres_fdw's COMMIT: the coordinator is about to commit.</summary>
    /// <exception cref="PgException">A node cannot commit: the coordinator's transaction fails with it.</exception>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        if (!_owned)
            return;
        _owned = false;
        if (context.Transaction.Writers == 0)
        {
            await context.Transaction.CommitPlainAsync(cancellation).ConfigureAwait(false);
            return;
        }

        var xid = await CoordinatorXidAsync(cancellation).ConfigureAwait(false);
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
            var prepared = await context.Transaction.PrepareAsync(
                group => new GlobalTransactionId(context.Router.RouterId, context.Link.ProcessId, sequence, group, xid).ToString(),
                cancellation).ConfigureAwait(false);
            if (xid is not null)
            {
                _pendingXid = xid;
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
                context.Router.ActiveCommits.Remove(sequence);
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
        if (_pendingXid is not null)
        {
            // An error can come after a commit only from a procedure that went on, so its status is asked for then.
            await SettlePendingAsync(committed ? true : await FateAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        }

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
    }

    private async Task SettlePendingAsync(bool? committed)
    {
        _pendingXid = null;
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

        context.Router.ActiveCommits.Remove(_activeSequence);
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
        catch (PostgresException e)
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

    /// <summary>The id of the transaction that the link's backend is in, with its epoch; null while it has none.</summary>
    private async Task<ulong?> CoordinatorXidAsync(CancellationToken cancellation)
    {
        const string Sql =
            """
            SELECT (CASE WHEN f - m > 2147483648 THEN f - 4294967296 WHEN m - f > 2147483648 THEN f + 4294967296 ELSE f END)::text
            FROM (SELECT m, (m / 4294967296) * 4294967296 + x AS f
                  FROM (SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS m,
                               backend_xid::text::bigint AS x
                        FROM pg_catalog.pg_stat_get_activity($1) WHERE backend_xid IS NOT NULL) a) b
            """;
        await using var command = context.Database.Coordinator.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = context.Link.ProcessId });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is string xid ? ulong.Parse(xid) : null;
    }
}
