using System.Buffers.Binary;
using System.Text;
using Tangelo.Core;

namespace Tangelo.Protocol.Messages;

/// <summary>Reads the fields of a message body in order.</summary>
/// <exception cref="PgException">08P01 when the body ends too early, in PostgreSQL's words.</exception>
public ref struct MessageReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte ReadByte() => _rest.IsEmpty ? throw Malformed("no data left in message") : Take(1)[0];

    /// <summary>A count, which is never negative.</summary>
    public int ReadCount() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public ReadOnlySpan<byte> ReadBytes(int count) => Take(count);

    /// <summary>The bytes up to the next zero, which is read too.</summary>
    public ReadOnlySpan<byte> ReadCStringBytes()
    {
        var end = _rest.IndexOf((byte)0);
        if (end < 0)
            throw Malformed("invalid string in message");
        var bytes = _rest[..end];
        _rest = _rest[(end + 1)..];
        return bytes;
    }

    public string ReadCString() => Encoding.UTF8.GetString(ReadCStringBytes());

    /// <summary>Nothing may be left.</summary>
    public readonly void RequireEnd()
    {
        if (!_rest.IsEmpty)
            throw Malformed("invalid message format");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || _rest.Length < count)
            throw Malformed("insufficient data left in message");
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    private static PgException Malformed(string how) => new(SqlState.ProtocolViolation, how);
}
