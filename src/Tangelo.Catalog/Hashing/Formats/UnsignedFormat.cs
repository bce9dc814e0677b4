using System.Buffers.Binary;

namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>
/// oid and its aliases, xid, cid (4 bytes), xid8 (8 bytes). Only plain decimal text is read here: signs wrap around, a leading 0
/// means octal to some of them, and names need the catalog.
/// </summary>
internal sealed class UnsignedFormat(int width) : Int64Format
{
    public override bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > (width == 4 ? 10 : 18) || (text[0] == '0' && text.Length > 1))
            return false;
        foreach (var b in text)
        {
            if (!InputText.IsDigit(b))
                return false;
            value = (value * 10) + b - '0';
        }

        return width == 8 || value <= uint.MaxValue;
    }

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = wire.Length != width ? 0
            : width == 4 ? BinaryPrimitives.ReadUInt32BigEndian(wire)
            : BinaryPrimitives.ReadInt64BigEndian(wire);
        return wire.Length == width;
    }
}
