using System.Text;
using Tangelo.Core;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Execution.Operators;

/// <summary>What came of a round: the last command's tag with its row count, and the first error.</summary>
public readonly record struct LinkReply(string Tag, long Count, PgError? Failure);

/// <summary>
/// One round of Tangelo's own messages on the coordinator link, without disturbing a batch of the client's that waits there for its
/// Sync: in such a batch the round ends with a Flush, and an error makes the link skip what follows.
/// </summary>
public static class LinkRound
{
    /// <summary>Sends what was written to the link, and reads the answers.</summary>
    /// <param name="context">Whose link it is.</param>
    /// <param name="link">The link, with the round's messages in its buffer.</param>
    /// <param name="portal">The portal of the round; it is closed at the end, if there is one.</param>
    /// <param name="awaited">An answer that the round gets once: after it the end may come.</param>
    /// <param name="rows">Takes the rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async ValueTask<LinkReply> RunAsync(
        IExecutionContext context, BackendConnection link, string portal, byte awaited, RowSink rows, CancellationToken cancellation)
    {
        FrontendMessages.Close(link.Out, (byte)'P', portal);
        var inBatch = context.LinkIsInBatch;
        if (inBatch)
            FrontendMessages.Flush(link.Out);
        else
            FrontendMessages.Sync(link.Out);

        // Sending is not awaited before reading: the answers to a long message may come before its end.
        var sending = link.FlushAsync(cancellation);
        try
        {
            return await ReadAsync(context, link, inBatch, awaited, rows, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await sending.ConfigureAwait(false);
            link.Prepared.ForgetUnconfirmed();
        }
    }

    // Rows, or a COPY from its beginning to its end.
    private static bool IsOutput(byte type) =>
        type is BackendCode.DataRow or BackendCode.CopyData or BackendCode.CopyOutResponse or BackendCode.CopyDone;

    private static async ValueTask<LinkReply> ReadAsync(
        IExecutionContext context, BackendConnection link, bool inBatch, byte awaited, RowSink rows, CancellationToken cancellation)
    {
        var (tag, count) = ("", 0L);
        var mayEnd = false;
        PgError? failure = null;
        while (true)
        {
            if (link.In.TryPeekHeader(out var type, out var size) && IsOutput(type) && link.In.Length >= size)
            {
                await rows.WriteAsync(link.In.UnreadMemory[..size], cancellation).ConfigureAwait(false);
                link.In.Consume(size);
                continue;
            }

            if (!link.TryRead(out var message))
            {
                await link.FillAsync(cancellation).ConfigureAwait(false);
                continue;
            }

            mayEnd |= message.Type == awaited;
            switch (message.Type)
            {
                case BackendCode.CommandComplete:
                    count = CommandTag.RowCount(message.Body.Span);
                    tag = Encoding.UTF8.GetString(message.Body.Span[..^1]);
                    break;
                case BackendCode.ErrorResponse:
                    failure ??= ErrorFields.Read(message.Body.Span);
                    if (!inBatch)
                        break;
                    context.LinkBatchFailed();
                    return new LinkReply(tag, count, failure);
                case BackendCode.ParameterStatus or BackendCode.NotificationResponse:
                    link.OnStatus?.Invoke(message.Type, message.Body);
                    break;
                case BackendCode.NoticeResponse when link.OnNotice is { } take:
                    take(message.Body);
                    break;
                case BackendCode.NoticeResponse:
                    context.ForwardNotice(ErrorFields.Read(message.Body.Span));
                    break;

                // A prepared statement that had to make room was closed before; the portal's Close comes last.
                case BackendCode.CloseComplete when inBatch && mayEnd:
                case BackendCode.ReadyForQuery:
                    return new LinkReply(tag, count, failure);
            }
        }
    }
}
