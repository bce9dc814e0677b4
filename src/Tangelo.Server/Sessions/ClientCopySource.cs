using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Protocol.Messages;
using Tangelo.Protocol.Transport;

namespace Tangelo.Server.Sessions;

/// <summary>The client's side of COPY FROM STDIN. Flush and Sync are ignored during COPY, as PostgreSQL does.</summary>
internal sealed class ClientCopySource(PgTransport client) : ICopySource
{
    // Drivers send a row or a few kilobytes in a message: many are received at once.
    private const int ReceiveBytes = 128 * 1024;

    /// <summary>The next CopyData, CopyDone or CopyFail message; valid until the next call.</summary>
    /// <exception cref="PgException">08P01 for another message, 08006 when the client has gone.</exception>
    public async ValueTask<(byte Type, ReadOnlyMemory<byte> Body)> ReadRawAsync(CancellationToken cancellation)
    {
        while (true)
        {
            byte type;
            ReadOnlyMemory<byte> body;
            while (!client.In.TryTakeMessage(out type, out body))
            {
                await client.FlushAsync(cancellation).ConfigureAwait(false);
                if (!await client.FillAsync(Math.Max(client.In.MissingBytes(), ReceiveBytes), cancellation).ConfigureAwait(false))
                    throw new PgException(SqlState.ConnectionFailure, "unexpected EOF on client connection with an open transaction");
            }

            switch (type)
            {
                case FrontendCode.CopyData or FrontendCode.CopyDone or FrontendCode.CopyFail:
                    return (type, body);
                case FrontendCode.Flush or FrontendCode.Sync:
                    continue;
                default:
                    throw new PgException(new PgError
                    {
                        Severity = "FATAL",
                        Code = SqlState.ProtocolViolation,
                        Message = $"unexpected message type 0x{type:X2} during COPY from stdin",
                    });
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CopySourceMessage> ReadAsync(CancellationToken cancellationToken)
    {
        var (type, body) = await ReadRawAsync(cancellationToken).ConfigureAwait(false);
        return type switch
        {
            FrontendCode.CopyData => new CopySourceMessage(CopySourceKind.Data, body),
            FrontendCode.CopyDone => CopySourceMessage.Done,
            _ => new CopySourceMessage(CopySourceKind.Fail, Reason: new MessageReader(body.Span).ReadCString()),
        };
    }
}
