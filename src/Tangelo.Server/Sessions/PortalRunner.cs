using Tangelo.Core;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>Executes portals of distributed statements: at once, or rows by portions.</summary>
internal sealed class PortalRunner(SessionContext context, ClientStatements statements, StatementRunner runner)
{
    private readonly OriginalErrors _originals = new(context);
    private readonly TransportSink _sink = new(context.Client);

    /// <param name="portal">The portal.</param>
    /// <param name="statement">Its statement.</param>
    /// <param name="maxRows">How many rows are wanted; 0 for all.</param>
    /// <param name="moreFollows">False when it begins now and is a transaction by itself.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask RunAsync(DistributedPortal portal, DistributedStatement statement, int maxRows, bool moreFollows, CancellationToken cancellation)
    {
        var output = context.Client.Out;
        if (portal.Spool is null && portal.IsDone)
        {
            BackendMessages.CommandComplete(output, portal.TagAfter(0));
            return;
        }

        var start = output.Length;
        _sink.Reset();
        try
        {
            if (portal.Spool is null && await StartAsync(portal, statement, maxRows, moreFollows, cancellation).ConfigureAwait(false))
                return;
        }
        catch (PgException e) when (SecondTry.Helps(statement.Plan, e.Error) && !moreFollows && context.Blocks.Phase == TransactionPhase.Idle
            && !_sink.HasSent && output.Length == start)
        {
            // A shard is not where the map has it: another router has changed the metadata, and its NOTIFY is still on its way.
            if (portal.Spool is not null)
                await portal.Spool.DisposeAsync().ConfigureAwait(false);
            portal.Spool = null;
            await context.Database.RefreshAsync(cancellation).ConfigureAwait(false);
            var again = await statements.CompileAgainAsync(portal.Source, statement, cancellation).ConfigureAwait(false);
            if (await StartAsync(portal, again, maxRows, moreFollows, cancellation).ConfigureAwait(false))
                return;
        }
        catch (PgException e) when (OriginalErrors.MayDiffer(e.Error) && statement.Plan is not (CopyFromPlan or DdlPlan))
        {
            var original = await _originals.FindAsync(
                e.Error, statement.Plan, portal.Source.Text, portal.Source.TypeCodes, portal.Name, portal.Parameters.Tail.ToArray(), cancellation).ConfigureAwait(false);

            // What the client prepares next is planned with the committed map.
            if (original is null && e.Error.Code == SqlState.UndefinedTable && context.Blocks.Phase == TransactionPhase.Idle)
                await context.Database.RefreshAsync(cancellation).ConfigureAwait(false);
            if (original is null)
                throw;
            throw new PgException(original, e);
        }

        await portal.WriteRowsAsync(portal.Spool!, _sink, output, maxRows, cancellation).ConfigureAwait(false);
    }

    /// <summary>Runs a statement to its end; true when its rows are with the client, false when they wait in the spool.</summary>
    private async ValueTask<bool> StartAsync(
        DistributedPortal portal, DistributedStatement statement, int maxRows, bool moreFollows, CancellationToken cancellation)
    {
        var direct = maxRows <= 0 || statement.DescribedRows is null;
        if (!direct)
            portal.Spool = new RowSpool();
        portal.Tag = await runner.RunAsync(statement, portal.Parameters, direct ? _sink : portal.Spool!, moreFollows, cancellation).ConfigureAwait(false);
        if (!direct)
            return false;
        portal.IsDone = true;
        BackendMessages.CommandComplete(context.Client.Out, portal.Tag);
        return true;
    }
}
