using Tangelo.Core;
using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>Passes the link's answers on to the client, and the client's COPY data on to the link.</summary>
internal sealed class LinkRelay(SessionContext context)
{
    private const int SendAbove = 32 * 1024;

    // After the type and the length.
    private const int TagOffset = 5;

    private bool _sawSyntaxError;

    /// <summary>True when the answers relayed last held an error.</summary>
    public bool SawError { get; private set; }

    /// <summary>True once a text was not understood at all, so that nothing of it has run. Asking forgets it.</summary>
    public bool TakeSyntaxError()
    {
        var saw = _sawSyntaxError;
        _sawSyntaxError = false;
        return saw;
    }

    /// <summary>How many characters of the client's text stand before the statement that the link has got: errors count from there.</summary>
    public int PositionOffset { get; set; }

    /// <summary>
    /// Runs a text as a simple query on the link and relays everything but ReadyForQuery. In a block that fails, the phase is Failed afterwards.
    /// </summary>
    public async ValueTask SimpleQueryAsync(byte[] sql, CancellationToken cancellation)
    {
        var link = await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
        FrontendMessages.Query(link.Out, sql);
        await link.FlushAsync(cancellation).ConfigureAwait(false);
        await RelayAsync(type => type == BackendCode.ReadyForQuery, cancellation).ConfigureAwait(false);
        context.Replies.Synced();
    }

    /// <summary>Passes a FunctionCall on and relays everything but ReadyForQuery.</summary>
    public async ValueTask FunctionCallAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var link = await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
        link.Out.WriteMessage(FrontendCode.FunctionCall, body.Span);
        await link.FlushAsync(cancellation).ConfigureAwait(false);
        await RelayAsync(type => type == BackendCode.ReadyForQuery, cancellation).ConfigureAwait(false);
        context.Replies.Synced();
    }

    /// <summary>Passes on what the link has sent by itself: notifications, notices, changed parameters.</summary>
    /// <exception cref="PgException">The link's last words, when it has ended.</exception>
    public async ValueTask RelayWaitingAsync(CancellationToken cancellation)
    {
        while (context.Lease.IsHeld && context.Link.HasWaiting)
        {
            var (type, body) = await context.Link.ReadAsync(cancellation).ConfigureAwait(false);
            if (context.Link.Fatal is { } fatal)
                throw new PgException(fatal);
            context.Client.Out.WriteMessage(type, body.Span);
        }

        await context.Client.FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Relays until no reply to a passed-on message is outstanding.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellation)
    {
        if (!context.Replies.IsWaiting)
            return;
        FrontendMessages.Flush(context.Link.Out);
        await context.Link.FlushAsync(cancellation).ConfigureAwait(false);
        await RelayAsync(
            type =>
            {
                context.Replies.Received(type);
                return !context.Replies.IsWaiting;
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends the client's batch on the link, relaying what is still outstanding.</summary>
    public async ValueTask SyncAsync(CancellationToken cancellation)
    {
        FrontendMessages.Sync(context.Link.Out);
        await context.Link.FlushAsync(cancellation).ConfigureAwait(false);
        await RelayAsync(
            type =>
            {
                context.Replies.Received(type);
                return type == BackendCode.ReadyForQuery;
            },
            cancellation).ConfigureAwait(false);
        context.Replies.Synced();
    }

    /// <summary>Relays messages until <paramref name="isLast"/> says so of one; ReadyForQuery itself is never passed on.</summary>
    private async ValueTask RelayAsync(Predicate<byte> isLast, CancellationToken cancellation)
    {
        SawError = false;
        context.LoopbackFailure = null;
        var link = context.Link;
        var output = context.Client.Out;
        while (true)
        {
            if (!link.In.TryPeekHeader(out var type, out var size) || link.In.Length < size)
            {
                if (type is BackendCode.DataRow or BackendCode.CopyData && size > SendAbove)
                {
                    await RelayLongAsync(size, cancellation).ConfigureAwait(false);
                    continue;
                }

                if (output.Length > SendAbove)
                    await context.Client.FlushAsync(cancellation).ConfigureAwait(false);
                await link.FillAsync(cancellation).ConfigureAwait(false);
                continue;
            }

            var raw = link.In.UnreadMemory[..size];
            link.TryRead(out _);
            if (type == BackendCode.ErrorResponse)
                WriteError(raw);
            else if (type == BackendCode.NoticeResponse && CoordinatorMessages.MayHoldOwn(raw.Span))
                context.ForwardNotice(ErrorFields.Read(raw.Span[TagOffset..]));
            else if (context.Replies.DescribesQuietly(type) is { } described)
                Describe(described, type, raw.Span[TagOffset..]);
            else if (type != BackendCode.ReadyForQuery)
                output.WriteBytes(raw.Span);
            if (output.Length > SendAbove)
                await context.Client.FlushAsync(cancellation).ConfigureAwait(false);

            if (type == BackendCode.CommandComplete)
                context.Cursors.Take(raw.Span[TagOffset..^1]);
            if (type == BackendCode.ErrorResponse)
            {
                SawError = true;
                context.Cursors.Failed();
            }
            else if (type == BackendCode.CommandComplete && DropsStatements(raw.Span[TagOffset..^1]))
                Forget(raw.Span[TagOffset..^1]);
            else if (type is BackendCode.CopyInResponse or BackendCode.CopyBothResponse)
                await PumpCopyAsync(cancellation).ConfigureAwait(false);

            // Where the client has lost the thread the link's last words are still to come, and end the session.
            if (isLast(type) && !context.LostSync)
                return;
        }
    }

    private void Describe(string statement, byte type, ReadOnlySpan<byte> body)
    {
        if (type != BackendCode.ParameterDescription)
            context.Lease.Describes(statement, type == BackendCode.RowDescription ? body.ToArray() : []);
    }

    private void WriteError(ReadOnlyMemory<byte> raw)
    {
        // The end of the link is the end of the session, which says so itself.
        if (context.Link.Fatal is { } fatal)
            throw new PgException(fatal);

        // What a function has run was understood before. The routine is that of PostgreSQL's grammar; others use the code, too.
        _sawSyntaxError |= raw.Span.IndexOf("Rscanner_yyerror\0"u8) >= 0 && ErrorFields.Read(raw.Span[TagOffset..]) is { Where: null, InternalQuery: null };
        if (PositionOffset == 0 && context.LoopbackFailure is null && !CoordinatorMessages.MayHoldOwn(raw.Span))
        {
            context.Client.Out.WriteBytes(raw.Span);
            return;
        }

        var error = ErrorFields.Read(raw.Span[TagOffset..]);
        if (context.LoopbackFailure is { } cause)
            error = LoopbackErrors.Complete(error, cause);
        error = CoordinatorMessages.Clean(error, context.Map) ?? error;
        ErrorFields.Write(context.Client.Out, error with { Position = error.Position + PositionOffset });
    }

    private static bool DropsStatements(ReadOnlySpan<byte> tag) => tag.SequenceEqual("DISCARD ALL"u8) || tag.SequenceEqual("DEALLOCATE ALL"u8);

    private void Forget(ReadOnlySpan<byte> tag)
    {
        context.ForgetStatements();
        if (tag.SequenceEqual("DISCARD ALL"u8))
            context.Lease.Discarded();
    }

    // A row longer than a buffer is passed on in pieces, so that it needs no memory.
    private async ValueTask RelayLongAsync(int size, CancellationToken cancellation)
    {
        for (var rest = size; rest > 0;)
        {
            if (context.Link.In.Length == 0)
                await context.Link.FillAsync(cancellation).ConfigureAwait(false);
            var piece = Math.Min(rest, context.Link.In.Length);
            context.Client.Out.WriteBytes(context.Link.In.Unread[..piece]);
            context.Link.In.Consume(piece);
            rest -= piece;
            if (context.Client.Out.Length > SendAbove)
                await context.Client.FlushAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask PumpCopyAsync(CancellationToken cancellation)
    {
        using var source = new ClientCopySource(context);
        await context.Client.FlushAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            var message = await source.ReadRawAsync(cancellation).ConfigureAwait(false);
            context.Link.Out.WriteMessage(message.Type, message.Body.Span);
            var ends = message.Type != FrontendCode.CopyData;
            context.LostSync = ends && message.Type is not (FrontendCode.CopyDone or FrontendCode.CopyFail);

            // In the extended protocol the link answers only when it is told to, and ignored the Flush that came before the data.
            if (ends)
                FrontendMessages.Flush(context.Link.Out);
            if (ends || context.Link.Out.Length > SendAbove || context.Client.In.Length == 0)
                await context.Link.FlushAsync(cancellation).ConfigureAwait(false);
            if (ends)
                return;
        }
    }
}
