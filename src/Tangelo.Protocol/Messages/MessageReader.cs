using System.Buffers.Binary;
using System.Text;
using Tangelo.Core;

namespace Tangelo.Protocol.Messages;

/// <summary>Reads the fields of a message body in order.</summary>
/// <exception cref="PgException">08P01 when the body ends too early.</exception>
public ref struct MessageReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte ReadByte() => Take(1)[0];

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public ReadOnlySpan<byte> ReadBytes(int count) => Take(count);

    /// <summary>The bytes up to the next zero, which is read too.</summary>
    public ReadOnlySpan<byte> ReadCStringBytes()
    {
        var end = _rest.IndexOf((byte)0);
        if (end < 0)
            throw Malformed();
        var bytes = _rest[..end];
        _rest = _rest[(end + 1)..];
        return bytes;
    }

    public string ReadCString() => Encoding.UTF8.GetString(ReadCStringBytes());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || _rest.Length < count)
            throw Malformed();
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    private static PgException Malformed() =>
        new(SqlState.ProtocolViolation, "insufficient data left in message");
}
