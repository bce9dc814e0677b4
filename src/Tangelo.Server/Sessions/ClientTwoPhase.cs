using Tangelo.Core;
using Tangelo.Server.Loopback;
using Tangelo.Server.Snapshots;
using Tangelo.Workers.TwoPhase;

namespace Tangelo.Server.Sessions;

/// <summary>
/// PREPARE TRANSACTION, COMMIT PREPARED and ROLLBACK PREPARED of the client's. The coordinator's part has the client's name. Those of the nodes have names with its transaction id, and
/// its fate is theirs (docs/decisions/0100).
/// </summary>
internal sealed class ClientTwoPhase(SessionContext context, LinkRelay relay)
{
    /// <summary>PREPARE TRANSACTION: first the nodes, then the coordinator. Either all of them are prepared, or everything is rolled back.</summary>
    /// <exception cref="PgException">A node's error.</exception>
    public async ValueTask PrepareAsync(byte[] sql, CancellationToken cancellation)
    {
        // In a block that has failed it is a ROLLBACK.
        var prepares = context.Blocks.Phase == TransactionPhase.Block && context.Transaction.Writers > 0;
        if (prepares)
            await PrepareNodesAsync(cancellation).ConfigureAwait(false);
        await relay.SimpleQueryAsync(sql, cancellation).ConfigureAwait(false);
        if (prepares && relay.SawError)
            await context.Transaction.RollbackPreparedAsync().ConfigureAwait(false);
        else if (prepares)
            await context.Transaction.KeepPreparedAsync().ConfigureAwait(false);
        await context.Blocks.EndedOnLinkAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>COMMIT PREPARED or ROLLBACK PREPARED: the coordinator decides, and the nodes follow before the client is told.</summary>
    public async ValueTask EndAsync(byte[] sql, bool commits, CancellationToken cancellation)
    {
        if (!commits || !context.Database.IsInstalled)
        {
            await relay.SimpleQueryAsync(sql, cancellation).ConfigureAwait(false);
        }
        else
        {
            await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
            var window = await DecisionLock.TakeAsync(context.CoordinatorPool, Backend, cancellation).ConfigureAwait(false);
            try
            {
                await relay.SimpleQueryAsync(sql, cancellation).ConfigureAwait(false);
            }
            finally
            {
                await window.ReleaseDurablyAsync().ConfigureAwait(false);
            }
        }

        // A node that is down follows when it is back.
        if (relay.SawError)
            context.Blocks.Fail();
        else if (context.Database.IsInstalled)
            await context.Router.Recovery.RecoverAsync(context.Database, cancellation).ConfigureAwait(false);
    }

    private CoordinatorBackend Backend => new(context.Lease.ProcessId, context.Lease.ProcessStart!);

    private async Task PrepareNodesAsync(CancellationToken cancellation)
    {
        try
        {
            var xid = ulong.Parse((await context.QueryLinkAsync("SELECT pg_catalog.pg_current_xact_id()::text", cancellation).ConfigureAwait(false))[0][0]!);

            // The id is on disk before a node has it, and it is this server's.
            await (await DecisionLock.TakeAsync(context.CoordinatorPool, Backend, cancellation).ConfigureAwait(false)).ReleaseAsync().ConfigureAwait(false);
            var sequence = context.Router.NextSequence();
            await context.Transaction.PrepareAsync(
                group => new GlobalTransactionId(context.Router.RouterId, GlobalTransactionId.OfClient, sequence, group, xid).ToString(), cancellation).ConfigureAwait(false);
        }
        catch (PgException) when (context.Lease.IsHealthy)
        {
            // As with COMMIT, the block has ended.
            await context.Blocks.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }
}
