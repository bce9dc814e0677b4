using Tangelo.Core;
using Tangelo.Server.Loopback;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Pooling;

namespace Tangelo.Server.Snapshots;

/// <summary>
/// Guards a decision of the coordinator's by a transaction in which the router cannot run anything (docs/decisions/0006): keeps the
/// <see cref="CommitWindow"/> shut, and sees to it that a crash of the coordinator leaves no doubt.
/// </summary>
internal sealed class DecisionLock
{
    // Transaction ids that have reached no disk are given again after a crash: the next transaction with the same id could commit. A commit record
    // of a later id makes sure of all before it. (EmptyMessage is nothing to whoever decodes the log.)
    private const string EmptyMessage = "pg_catalog.pg_logical_emit_message(true, '', '')";
    private const string MakeIdsDurable = $"BEGIN; SET LOCAL synchronous_commit = on; SELECT {EmptyMessage}; COMMIT";

    // Where the session has synchronous_commit off, the coordinator's answer is not yet a promise.
    private const string MakeCommitDurable =
        $"SET LOCAL synchronous_commit = on; SELECT {EmptyMessage} WHERE pg_catalog.pg_current_wal_flush_lsn() < pg_catalog.pg_current_wal_insert_lsn(); COMMIT";

    private readonly WorkerPool _pool;
    private readonly BackendConnection _connection;

    private DecisionLock(WorkerPool pool, BackendConnection connection) => (_pool, _connection) = (pool, connection);

    /// <summary>Takes it, after the snapshots that are being taken now. The ids of all transactions that have one are durable then.</summary>
    /// <param name="pool">Of the coordinator, in the database of the transaction.</param>
    /// <param name="backend">Who runs the transaction.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">57P01: the backend has ended; its id may be another transaction's.</exception>
    public static async Task<DecisionLock> TakeAsync(WorkerPool pool, CoordinatorBackend backend, CancellationToken cancellation)
    {
        var connection = await pool.LendAtOnceAsync(cancellation).ConfigureAwait(false);
        try
        {
            // A backend that is there afterwards belongs to a server that has not crashed before.
            var rows = await connection.QueryAsync(
                $"{MakeIdsDurable}; BEGIN; SELECT pg_catalog.pg_advisory_xact_lock_shared({CommitWindow.LockKey}), EXISTS (SELECT FROM {backend.Sql})", cancellation).ConfigureAwait(false);
            return rows[^1][1] == "t" ? new DecisionLock(pool, connection) : throw CoordinatorBackend.Ended();
        }
        catch
        {
            connection.Abort();
            pool.Return(connection);
            throw;
        }
    }

    /// <summary>Makes sure that what the coordinator has committed survives a crash, and gives the lock back.</summary>
    /// <returns>False when the coordinator was lost: nothing is certain. It never fails otherwise.</returns>
    public Task<bool> ReleaseDurablyAsync() => EndAsync(MakeCommitDurable);

    /// <summary>Gives it back: there is nothing to commit, or somebody else finds out. Never fails.</summary>
    public Task ReleaseAsync() => EndAsync("COMMIT");

    private async Task<bool> EndAsync(string sql)
    {
        try
        {
            await _connection.QueryAsync(sql, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (PgException)
        {
            _connection.Abort();
            return false;
        }
        finally
        {
            _pool.Return(_connection);
        }
    }
}
