using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Execution.Operators;

/// <summary>
/// Runs Tangelo's own statements on the coordinator link with bound parameters, without disturbing the client's unnamed
/// statement and portal, or a batch of the client's that waits there for its Sync.
/// </summary>
public sealed class LinkRunner(IExecutionContext context)
{
    private const string Portal = "tangelo_combine";

    /// <summary>The command tag of the statement run last.</summary>
    public string Tag { get; private set; } = "";

    /// <param name="key">Identity of the text: the statement stays prepared as long as the link.</param>
    /// <param name="sql">UTF-8 text.</param>
    /// <param name="parameters">Values and result formats.</param>
    /// <param name="parameterTypes">OIDs, 0 where PostgreSQL is to infer the type.</param>
    /// <param name="sink">Takes the rows.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The row count of the command tag.</returns>
    /// <exception cref="PgException">PostgreSQL's error.</exception>
    public async ValueTask<long> RunAsync(
        object key, byte[] sql, ParameterSet parameters, uint[] parameterTypes, RowSink sink, CancellationToken cancellation)
    {
        var link = await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
        var name = link.Prepared.Use(key, 0, sql, parameterTypes);
        FrontendMessages.Bind(link.Out, Portal, name, parameters.Tail);
        FrontendMessages.Execute(link.Out, Portal, 0);
        FrontendMessages.Close(link.Out, (byte)'P', Portal);
        var inBatch = context.LinkIsInBatch;
        if (inBatch)
            FrontendMessages.Flush(link.Out);
        else
            FrontendMessages.Sync(link.Out);
        var sending = link.FlushAsync(cancellation);
        var reading = ReadAsync(link, sink, inBatch, cancellation);
        try
        {
            return await reading.ConfigureAwait(false);
        }
        finally
        {
            await sending.ConfigureAwait(false);
            link.Prepared.ForgetUnconfirmed();
        }
    }

    private async ValueTask<long> ReadAsync(BackendConnection link, RowSink sink, bool inBatch, CancellationToken cancellation)
    {
        long count = 0;
        var completed = false;
        PgException? failure = null;
        while (true)
        {
            if (link.In.TryPeekHeader(out var type, out var size) && type == BackendCode.DataRow && link.In.Length >= size)
            {
                await sink.WriteAsync(link.In.UnreadMemory[..size], cancellation).ConfigureAwait(false);
                link.In.Consume(size);
                continue;
            }

            if (!link.TryRead(out var message))
            {
                await link.FillAsync(cancellation).ConfigureAwait(false);
                continue;
            }

            switch (message.Type)
            {
                case BackendCode.CommandComplete:
                    count = CommandTag.RowCount(message.Body.Span);
                    Tag = System.Text.Encoding.UTF8.GetString(message.Body.Span[..^1]);
                    completed = true;
                    break;
                case BackendCode.ErrorResponse:
                    failure = new PgException(ErrorFields.Read(message.Body.Span));
                    if (!inBatch)
                        break;
                    context.LinkBatchFailed();
                    throw failure;
                case BackendCode.ParameterStatus or BackendCode.NotificationResponse:
                    link.OnStatus?.Invoke(message.Type, message.Body);
                    break;
                case BackendCode.NoticeResponse:
                    context.ForwardNotice(ErrorFields.Read(message.Body.Span));
                    break;

                // A statement that had to make room was closed before Bind; the portal's Close comes after the command's end.
                case BackendCode.CloseComplete when inBatch && completed:
                case BackendCode.ReadyForQuery:
                    return failure is null ? count : throw failure;
            }
        }
    }
}
