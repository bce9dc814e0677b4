using Tangelo.Core;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Pooling;

namespace Tangelo.Server.Snapshots;

/// <summary>
/// Keeps the <see cref="CommitWindow"/> shut while the coordinator decides by a transaction in which the router cannot take the lock itself
/// (docs/decisions/0006).
/// </summary>
internal sealed class DecisionLock
{
    private readonly WorkerPool _pool;
    private readonly BackendConnection _connection;

    private DecisionLock(WorkerPool pool, BackendConnection connection) => (_pool, _connection) = (pool, connection);

    /// <summary>Takes it, after the snapshots that are being taken now.</summary>
    /// <param name="pool">Of the coordinator, in the database of the transaction.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<DecisionLock> TakeAsync(WorkerPool pool, CancellationToken cancellation)
    {
        var connection = await pool.LendAsync(cancellation).ConfigureAwait(false);
        try
        {
            await connection.QueryAsync($"BEGIN; SELECT pg_catalog.pg_advisory_xact_lock_shared({CommitWindow.LockKey})", cancellation).ConfigureAwait(false);
            return new DecisionLock(pool, connection);
        }
        catch
        {
            connection.Abort();
            pool.Return(connection);
            throw;
        }
    }

    /// <summary>Gives it back: the decision is made, or will never be. Never fails.</summary>
    public async Task ReleaseAsync()
    {
        try
        {
            await _connection.QueryAsync("COMMIT", CancellationToken.None).ConfigureAwait(false);
        }
        catch (PgException)
        {
            _connection.Abort();
        }
        finally
        {
            _pool.Return(_connection);
        }
    }
}
