using System.Buffers.Binary;

namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>int2, int4 and int8.</summary>
internal sealed class IntegerFormat(int width, string typeName) : Int64Format
{
    private readonly ulong _max = (1ul << ((width * 8) - 1)) - 1;

    public override bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        var trimmed = InputText.Trim(text);
        var negative = !trimmed.IsEmpty && trimmed[0] == '-';
        var digits = !trimmed.IsEmpty && trimmed[0] is (byte)'-' or (byte)'+' ? trimmed[1..] : trimmed;
        var limit = negative ? _max + 1 : _max;

        var magnitude = 0ul;
        var overflow = false;
        var valid = !digits.IsEmpty;
        foreach (var b in digits)
        {
            var digit = (uint)(b - '0');
            valid &= digit < 10;
            overflow |= magnitude > (limit - digit % 10) / 10;
            magnitude = unchecked((magnitude * 10) + digit);
        }

        if (!valid)
            return InputText.MayBeNewerNumber(trimmed) ? false : throw InputText.Invalid(typeName, text);
        if (overflow)
            throw InputText.OutOfRange(typeName, text);
        value = unchecked(negative ? -(long)magnitude : (long)magnitude);
        return true;
    }

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = wire.Length != width ? 0 : width switch
        {
            2 => BinaryPrimitives.ReadInt16BigEndian(wire),
            4 => BinaryPrimitives.ReadInt32BigEndian(wire),
            _ => BinaryPrimitives.ReadInt64BigEndian(wire),
        };
        return wire.Length == width;
    }
}
