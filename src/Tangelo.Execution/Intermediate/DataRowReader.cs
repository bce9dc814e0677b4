using System.Buffers.Binary;
using Tangelo.Core;

namespace Tangelo.Execution.Intermediate;

/// <summary>Walks over the fields of a DataRow's body: <c>while (reader.Next()) ... reader.Value ...</c></summary>
/// <exception cref="PgException">08P01 when the body does not hold what it announces.</exception>
public ref struct DataRowReader
{
    private ReadOnlySpan<byte> _rest;
    private int _left;

    public DataRowReader(ReadOnlySpan<byte> body)
    {
        if (body.Length < sizeof(short))
            throw Malformed();
        FieldCount = BinaryPrimitives.ReadInt16BigEndian(body);
        _left = FieldCount;
        _rest = body[sizeof(short)..];
    }

    /// <summary>The number of fields of the whole row.</summary>
    public int FieldCount { get; }

    /// <summary>The bytes of the current field; empty for NULL.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>True when the current field is NULL.</summary>
    public bool IsNull { get; private set; }

    /// <summary>Goes to the next field; false after the last one.</summary>
    public bool Next()
    {
        if (_left <= 0)
            return false;
        _left--;
        if (_rest.Length < sizeof(int))
            throw Malformed();
        var length = BinaryPrimitives.ReadInt32BigEndian(_rest);
        _rest = _rest[sizeof(int)..];
        IsNull = length < 0;
        if (length > _rest.Length)
            throw Malformed();
        Value = IsNull ? default : _rest[..length];
        _rest = _rest[Value.Length..];
        return true;
    }

    private static PgException Malformed() => new(SqlState.ProtocolViolation, "insufficient data left in message");
}
