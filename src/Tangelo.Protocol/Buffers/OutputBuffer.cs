using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tangelo.Protocol.Buffers;

/// <summary>
/// Messages written and not yet sent, in one contiguous pooled array. A message is begun, filled and ended; its length word
/// is set at the end. Not thread safe.
/// </summary>
public sealed class OutputBuffer : IDisposable
{
    private const int InitialSize = 8 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _length;
    private int _messageStart;

    /// <summary>Number of bytes waiting.</summary>
    public int Length => _length;

    /// <summary>What is waiting.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Begins a message with a type byte.</summary>
    public void Begin(byte type)
    {
        WriteByte(type);
        _messageStart = _length;
        Reserve(4);
        _length += 4;
    }

    /// <summary>Begins a start-up packet, which has no type byte.</summary>
    public void BeginUntyped()
    {
        _messageStart = _length;
        Reserve(4);
        _length += 4;
    }

    /// <summary>Ends the message begun last.</summary>
    public void End() =>
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_messageStart), _length - _messageStart);

    public void WriteByte(byte value)
    {
        Reserve(1);
        _bytes[_length++] = value;
    }

    public void WriteInt16(int value)
    {
        Reserve(2);
        BinaryPrimitives.WriteInt16BigEndian(_bytes.AsSpan(_length), (short)value);
        _length += 2;
    }

    public void WriteInt32(int value)
    {
        Reserve(4);
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_length), value);
        _length += 4;
    }

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>UTF-8 bytes of <paramref name="value"/>, without a terminator.</summary>
    public void WriteText(string value)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(value.Length));
        _length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
    }

    /// <summary>UTF-8 bytes of <paramref name="value"/> and a zero.</summary>
    public void WriteCString(string value)
    {
        WriteText(value);
        WriteByte(0);
    }

    /// <summary>A whole message whose body is <paramref name="body"/>.</summary>
    public void WriteMessage(byte type, ReadOnlySpan<byte> body)
    {
        Reserve(5 + body.Length);
        _bytes[_length] = type;
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_length + 1), body.Length + 4);
        body.CopyTo(_bytes.AsSpan(_length + 5));
        _length += 5 + body.Length;
    }

    /// <summary>Forgets what is waiting, keeping room.</summary>
    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > 16 * InitialSize)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = ArrayPool<byte>.Shared.Rent(InitialSize);
        }
    }

    /// <summary>Forgets everything after <paramref name="length"/> bytes: takes back a message that failed half-way.</summary>
    public void Truncate(int length) => _length = Math.Min(_length, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length >= count)
            return;
        var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + count, _bytes.Length * 2));
        Buffer.BlockCopy(_bytes, 0, bigger, 0, _length);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = bigger;
    }
}
