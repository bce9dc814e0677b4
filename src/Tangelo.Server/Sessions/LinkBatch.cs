using Tangelo.Execution.Operators;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Sessions;

/// <summary>The link's part of a client's batch of extended-protocol messages: it owes answers, and may have failed without the client's knowing yet.</summary>
internal sealed class LinkBatch(SessionContext context, LinkRelay relay)
{
    // The client may have a portal without a name.
    private const string NoPortal = "tangelo_none";

    /// <summary>Relays the answers that are owed.</summary>
    /// <exception cref="BatchSkippedException">One of them was an error: nothing more of the batch counts.</exception>
    public async ValueTask DrainAsync(CancellationToken cancellation)
    {
        if (!context.Replies.IsWaiting)
            return;
        await relay.DrainAsync(cancellation).ConfigureAwait(false);
        if (context.Replies.Skipping)
            throw new BatchSkippedException();
    }

    /// <summary>Asks the link before it knows of a batch: later that would be a part of the batch, and some statements run only alone.</summary>
    public ValueTask BeginAsync(CancellationToken cancellation) => context.Blocks.Phase == TransactionPhase.Idle && !context.LinkIsInBatch
        ? context.KnowSettingsAsync(cancellation)
        : ValueTask.CompletedTask;

    /// <summary>The link, ready for a message of the client's.</summary>
    public async ValueTask<BackendConnection> EnterAsync(CancellationToken cancellation)
    {
        if ((context.Blocks.Phase == TransactionPhase.Block && !context.Blocks.LinkHasBegun) || context.Snapshot.IsDue)
            await DrainAsync(cancellation).ConfigureAwait(false);
        return await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes the link undo its part, and waits until it has: what called back from there is over then, and the workers can be rolled back.
    /// </summary>
    public async ValueTask FailAsync(CancellationToken cancellation)
    {
        // A statement that cannot be parsed fails the batch, if an error has not done so before.
        FrontendMessages.Parse(context.Link.Out, "tangelo_check", "tangelo batch failed"u8, []);
        FrontendMessages.Sync(context.Link.Out);
        await context.Link.FlushAsync(cancellation).ConfigureAwait(false);
        while ((await context.Link.ReadReplyAsync(cancellation).ConfigureAwait(false)).Type != BackendCode.ReadyForQuery)
        {
        }

        context.Replies.Synced();
    }

    /// <summary>Parses a statement on the link without telling the client.</summary>
    /// <exception cref="Core.PgException">The link has refused it.</exception>
    public async ValueTask ParseQuietlyAsync(string name, byte[] text, uint[] types, CancellationToken cancellation)
    {
        await DrainAsync(cancellation).ConfigureAwait(false);
        var link = await EnterAsync(cancellation).ConfigureAwait(false);
        FrontendMessages.Parse(link.Out, name, text, types);
        var reply = await LinkRound.RunAsync(context, link, NoPortal, BackendCode.ParseComplete, NullSink.Instance, cancellation).ConfigureAwait(false);
        if (reply.Failure is { } failure)
            throw new Core.PgException(failure);
    }
}
