using System.Buffers.Binary;

namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>pg_lsn: two hexadecimal halves of up to 8 digits with a slash between.</summary>
internal sealed class LsnFormat : Int64Format
{
    public override bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        var slash = text.IndexOf((byte)'/');
        if (slash < 0 || !TryHalf(text[..slash], out var high) || !TryHalf(text[(slash + 1)..], out var low))
            throw InputText.Invalid("pg_lsn", text);
        value = (long)(((ulong)high << 32) | low);
        return true;
    }

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = wire.Length == 8 ? BinaryPrimitives.ReadInt64BigEndian(wire) : 0;
        return wire.Length == 8;
    }

    private static bool TryHalf(ReadOnlySpan<byte> digits, out uint half)
    {
        half = 0;
        foreach (var b in digits)
        {
            var digit = InputText.HexValue(b);
            if (digit < 0)
                return false;
            half = (half << 4) | (uint)digit;
        }

        return digits.Length is >= 1 and <= 8;
    }
}
