using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Pooling;

namespace Tangelo.Workers.Transactions;

/// <summary>A worker connection while a session's transaction has it.</summary>
public sealed class Participant(GroupId group, WorkerPool pool, BackendConnection connection, ClusterMap map)
{
    private int _preludes;

    public GroupId Group => group;

    public BackendConnection Connection => connection;

    /// <summary>The map by which it joined.</summary>
    public ClusterMap Map => map;

    /// <summary>True when the transaction may have changed something there.</summary>
    public bool Wrote { get; set; }

    /// <summary>True once BEGIN was written to it.</summary>
    public bool HasBegun { get; set; }

    /// <summary>The global id under which its part was prepared.</summary>
    public string? PreparedAs { get; set; }

    /// <summary>True once somebody asked the node to cancel: the request might reach the connection's next user, so there is none.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>False when nobody is to have the connection afterwards.</summary>
    public bool IsKept { get; set; } = true;

    /// <summary>True when the node has a transaction open, or will have once it has read what was sent.</summary>
    public bool IsInTransaction => _preludes > 0 || connection.Status != (byte)'I';

    /// <summary>Writes a statement whose answer nobody but <see cref="FinishPreludesAsync"/> reads.</summary>
    public void WritePrelude(string sql)
    {
        FrontendMessages.Query(connection.Out, sql);
        _preludes++;
    }

    /// <summary>Reads the answers of all preludes; must come before the answers to anything else are read.</summary>
    /// <exception cref="PgException">A prelude failed.</exception>
    public ValueTask FinishPreludesAsync(CancellationToken cancellation) =>
        _preludes == 0 ? ValueTask.CompletedTask : FinishAsync(cancellation);

    /// <summary>Gives the connection back to its pool.</summary>
    public void Release()
    {
        if (IsCancelled)
            connection.Abort();
        pool.Return(connection, IsKept);
    }

    private async ValueTask FinishAsync(CancellationToken cancellation)
    {
        PgException? failure = null;
        for (; _preludes > 0; _preludes--)
        {
            try
            {
                await connection.ReadResultAsync(cancellation).ConfigureAwait(false);
            }
            catch (PgException e) when (connection.IsHealthy)
            {
                // Whatever settings are in force now, the next loan lays on its own.
                connection.AppliedSettings = new object();
                failure ??= e;
            }
        }

        if (failure is not null)
            throw failure;
    }
}
