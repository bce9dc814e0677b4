using System.Buffers;
using System.Buffers.Binary;
using Tangelo.Core;

namespace Tangelo.Protocol.Buffers;

/// <summary>
/// Bytes received and not yet consumed, in one contiguous pooled array. Not thread safe. Spans and memories taken from it
/// are valid until the next call of <see cref="GetFree"/>.
/// </summary>
public sealed class InputBuffer : IDisposable
{
    /// <summary>Size of an idle buffer, in bytes.</summary>
    public const int InitialSize = 8 * 1024;

    /// <summary>Type byte and length word of a message.</summary>
    public const int HeaderSize = 5;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _start;
    private int _end;

    /// <summary>The longest message accepted, in bytes without the type byte (PostgreSQL's own limit).</summary>
    public int MaxMessageLength { get; init; } = 0x3ffffffe;

    /// <summary>What is there.</summary>
    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    /// <inheritdoc cref="Unread"/>
    public ReadOnlyMemory<byte> UnreadMemory => _bytes.AsMemory(_start, _end - _start);

    /// <summary>Number of bytes there.</summary>
    public int Length => _end - _start;

    /// <summary>Room for a receive; at least <paramref name="atLeast"/> bytes. Moves what is unread to the front if that is needed.</summary>
    public Memory<byte> GetFree(int atLeast = 1024)
    {
        if (_start == _end)
        {
            _start = _end = 0;
            if (_bytes.Length > 16 * InitialSize && atLeast <= InitialSize)
                Replace(InitialSize);
        }

        if (_bytes.Length - _end < atLeast)
        {
            if (_bytes.Length - Length >= atLeast)
            {
                Buffer.BlockCopy(_bytes, _start, _bytes, 0, Length);
                _end -= _start;
                _start = 0;
            }
            else
            {
                Replace(Math.Max(Length + atLeast, _bytes.Length * 2));
            }
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary><paramref name="count"/> bytes were received into <see cref="GetFree"/>.</summary>
    public void Received(int count) => _end += count;

    /// <summary><paramref name="count"/> unread bytes are done with.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>
    /// The type and total size (type byte included) of the message at the front, once its header is there.
    /// </summary>
    /// <exception cref="PgException">08P01: the length word is impossible.</exception>
    public bool TryPeekHeader(out byte type, out int totalSize)
    {
        if (Length < HeaderSize)
        {
            type = 0;
            totalSize = 0;
            return false;
        }

        type = _bytes[_start];
        var length = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_start + 1));
        if (length < 4 || length > MaxMessageLength)
            throw new PgException(new PgError { Severity = "FATAL", Code = SqlState.ProtocolViolation, Message = "invalid message length" });
        totalSize = length + 1;
        return true;
    }

    /// <summary>Takes the message at the front if it is all there. <paramref name="body"/> is what follows the length word.</summary>
    public bool TryTakeMessage(out byte type, out ReadOnlyMemory<byte> body)
    {
        if (TryPeekHeader(out type, out var size) && Length >= size)
        {
            body = _bytes.AsMemory(_start + HeaderSize, size - HeaderSize);
            _start += size;
            return true;
        }

        body = default;
        return false;
    }

    /// <summary>How many bytes are missing until the message at the front is complete; 0 when it is, at least 1 when even its header is cut.</summary>
    public int MissingBytes() => TryPeekHeader(out _, out var size) ? Math.Max(0, size - Length) : HeaderSize - Length;

    /// <inheritdoc/>
    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _start = _end = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Replace(int size)
    {
        var bigger = ArrayPool<byte>.Shared.Rent(size);
        Buffer.BlockCopy(_bytes, _start, bigger, 0, Length);
        ArrayPool<byte>.Shared.Return(_bytes);
        _end -= _start;
        _start = 0;
        _bytes = bigger;
    }
}
