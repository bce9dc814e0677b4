using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>
/// The client's side of COPY FROM STDIN, for as long as it is not disposed of. Flush and Sync are ignored during COPY, as PostgreSQL does.
/// </summary>
internal sealed class ClientCopySource : ICopySource, IDisposable
{
    // Drivers send a row or a few kilobytes in a message: many are received at once.
    private const int ReceiveBytes = 128 * 1024;

    private readonly SessionContext _context;

    public ClientCopySource(SessionContext context)
    {
        _context = context;
        context.ReadsCopyData = true;
    }

    /// <summary>Called before the client is sent what waits for it.</summary>
    public Action? BeforeFlush { get; init; }

    /// <inheritdoc/>
    public void Dispose() => _context.ReadsCopyData = false;

    /// <summary>The next message besides Flush and Sync, valid until the next call.</summary>
    /// <exception cref="IOException">The client has gone.</exception>
    public async ValueTask<(byte Type, ReadOnlyMemory<byte> Body)> ReadRawAsync(CancellationToken cancellation)
    {
        var client = _context.Client;
        while (true)
        {
            byte type;
            ReadOnlyMemory<byte> body;
            while (!client.In.TryTakeMessage(out type, out body))
            {
                if (client.In.TryPeekHeader(out type, out var size))
                    FrontendLimits.Check(type, size);
                BeforeFlush?.Invoke();
                await client.FlushAsync(cancellation).ConfigureAwait(false);
                if (!await client.FillAsync(Math.Max(client.In.MissingBytes(), ReceiveBytes), cancellation).ConfigureAwait(false))
                    throw new IOException("unexpected EOF on client connection with an open transaction");
            }

            if (type is not (FrontendCode.Flush or FrontendCode.Sync))
                return (type, body);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CopySourceMessage> ReadAsync(CancellationToken cancellationToken)
    {
        var (type, body) = await ReadRawAsync(cancellationToken).ConfigureAwait(false);
        switch (type)
        {
            case FrontendCode.CopyData:
                return new CopySourceMessage(CopySourceKind.Data, body);
            case FrontendCode.CopyDone:
                return CopySourceMessage.Done;
            case FrontendCode.CopyFail:
                return new CopySourceMessage(CopySourceKind.Fail, Reason: new MessageReader(body.Span).ReadCString());
            default:
                _context.LostSync = true;
                throw new PgException(SqlState.ProtocolViolation, $"unexpected message type 0x{type:X2} during COPY from stdin");
        }
    }
}
