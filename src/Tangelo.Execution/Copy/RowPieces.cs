using System.Buffers;
using System.Threading.Channels;

namespace Tangelo.Execution.Copy;

/// <summary>
/// A long row on its way to its shard. Pieces are added without waiting; <see cref="FlushAsync"/> passes them on and waits for the node. The memory is pooled.
/// </summary>
internal sealed class RowPieces
{
    private const int Capacity = 16;

    private readonly Channel<ArraySegment<byte>> _channel =
        Channel.CreateBounded<ArraySegment<byte>>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });

    private readonly Queue<ArraySegment<byte>> _waiting = new();
    private bool _ended;

    /// <summary>True when the row will not come to its end.</summary>
    public bool IsAbandoned { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        var piece = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(piece);
        _waiting.Enqueue(new ArraySegment<byte>(piece, 0, bytes.Length));
    }

    /// <summary>Nothing will be added.</summary>
    public void End() => _ended = true;

    /// <summary>Passes on what was added. It is dropped when nobody reads any more.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        while (_waiting.TryDequeue(out var piece))
        {
            try
            {
                await _channel.Writer.WriteAsync(piece, cancellation).ConfigureAwait(false);
            }
            catch (ChannelClosedException)
            {
                ArrayPool<byte>.Shared.Return(piece.Array!);
            }
        }

        if (_ended)
            _channel.Writer.TryComplete();
    }

    /// <summary>Ends the reading with an <see cref="OperationCanceledException"/>, unless the row is whole.</summary>
    public void Abandon()
    {
        IsAbandoned = true;
        _channel.Writer.TryComplete(new OperationCanceledException("The row has no end."));
    }

    /// <summary>Nobody will read.</summary>
    public void Close() => _channel.Writer.TryComplete();

    /// <summary>The pieces in their order, each valid until the next one is asked for.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync()
    {
        await foreach (var piece in _channel.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                yield return piece;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece.Array!);
            }
        }
    }
}
