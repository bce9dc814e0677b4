using Tangelo.Protocol.Transport;

namespace Tangelo.Execution.Results;

/// <summary>Passes rows on to a client, sending whenever a good amount has come together.</summary>
public sealed class TransportSink(PgTransport transport) : RowSink
{
    private const int SendAbove = 32 * 1024;

    /// <summary>True once anything has left for the client: the statement cannot be run again.</summary>
    public bool HasSent { get; private set; }

    /// <inheritdoc/>
    public override bool TakesPieces => true;

    /// <summary>A new statement begins.</summary>
    public void Reset() => HasSent = false;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
    {
        transport.Out.WriteBytes(messages.Span);
        if (transport.Out.Length < SendAbove)
            return ValueTask.CompletedTask;
        HasSent = true;
        return transport.FlushAsync(cancellation);
    }
}
