using System.Buffers;
using System.Buffers.Binary;
using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>
/// numeric: its digits to base 10000 without zero digits at either end, and the weight of the first. The sign, the display scale
/// and NaN or infinities do not count.
/// </summary>
internal sealed class NumericKeyHasher : IKeyHasher
{
    private const int DecimalsPerDigit = 4;

    /// <summary>Past this PostgreSQL decides whether the value is out of range.</summary>
    private const int MaxExponent = 10_000;

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        var text = InputText.Trim(utf8Text);
        if (IsSpecial(text))
            return true;
        if (InputText.MayBeNewerNumber(text))
            return false;
        if (!DecimalText.TryRead(text, out var number))
            throw InputText.Invalid("numeric", utf8Text);
        return number.Exponent is >= -MaxExponent and <= MaxExponent && number.Length <= MaxExponent && TryHash(number, out hash);
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 0;
        if (value.Length < 8)
            return false;
        var count = BinaryPrimitives.ReadUInt16BigEndian(value);
        var weight = BinaryPrimitives.ReadInt16BigEndian(value[2..]);
        var sign = BinaryPrimitives.ReadUInt16BigEndian(value[4..]);
        var scale = BinaryPrimitives.ReadUInt16BigEndian(value[6..]);
        if (value.Length != 8 + (count * 2))
            return false;
        if (sign is 0xC000 or 0xD000 or 0xF000)
            return true;

        // Digits beyond the display scale are cut off by numeric_recv; who sends such may ask PostgreSQL.
        if (sign is not (0 or 0x4000) || (count - weight - 1) * DecimalsPerDigit >= scale + DecimalsPerDigit)
            return false;

        var digits = ArrayPool<byte>.Shared.Rent((count * 2) + 2);
        try
        {
            for (var i = 0; i < count; i++)
            {
                var digit = BinaryPrimitives.ReadUInt16BigEndian(value[(8 + (i * 2))..]);
                if (digit > 9999)
                    return false;
                BinaryPrimitives.WriteUInt16LittleEndian(digits.AsSpan(i * 2), digit);
            }

            if (HasDecimalsBeyond(scale, count, weight, digits))
                return false;
            hash = Hash(digits.AsSpan(0, count * 2), weight);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(digits);
        }
    }

    private static bool IsSpecial(ReadOnlySpan<byte> text)
    {
        if (InputText.EqualsIgnoreCase(text, "nan"u8))
            return true;
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        return InputText.EqualsIgnoreCase(text, "infinity"u8) || InputText.EqualsIgnoreCase(text, "inf"u8);
    }

    private static bool TryHash(DecimalText number, out int hash)
    {
        // decimals of the last decimal digit, counted from the point; the groups of four are counted from the point too.
        var last = number.Exponent;
        var first = last + number.Length - 1;
        var weight = FloorDivide(first, DecimalsPerDigit);
        var lowest = FloorDivide(last, DecimalsPerDigit);
        var count = weight - lowest + 1;

        byte[]? rented = null;
        var digits = count <= 64 ? stackalloc byte[128] : (rented = ArrayPool<byte>.Shared.Rent(count * 2));
        digits = digits[..(count * 2)];
        digits.Clear();
        var place = first;
        for (var i = 0; i < number.Length; i++, place--)
        {
            var at = (weight - FloorDivide(place, DecimalsPerDigit)) * 2;
            var power = place - (FloorDivide(place, DecimalsPerDigit) * DecimalsPerDigit);
            var digit = BinaryPrimitives.ReadUInt16LittleEndian(digits[at..]) + (number[i] * Power(power));
            BinaryPrimitives.WriteUInt16LittleEndian(digits[at..], (ushort)digit);
        }

        hash = Hash(digits, weight);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return true;
    }

    /// <param name="digits">Two bytes each, low byte first, as they lie in a server's memory.</param>
    /// <param name="weight">The power of 10000 of the first digit.</param>
    private static int Hash(ReadOnlySpan<byte> digits, int weight)
    {
        while (!digits.IsEmpty && digits[0] == 0 && digits[1] == 0)
        {
            digits = digits[2..];
            weight--;
        }

        if (digits.IsEmpty)
            return -1;
        while (digits[^1] == 0 && digits[^2] == 0)
            digits = digits[..^2];
        return PgHash.Bytes(digits) ^ weight;
    }

    private static bool HasDecimalsBeyond(int scale, int count, int weight, ReadOnlySpan<byte> digits)
    {
        for (var i = 0; i < count; i++)
        {
            var digit = BinaryPrimitives.ReadUInt16LittleEndian(digits[(i * 2)..]);
            for (var power = 0; power < DecimalsPerDigit && digit != 0; power++, digit /= 10)
            {
                if (digit % 10 != 0 && ((weight - i) * DecimalsPerDigit) + power < -scale)
                    return true;
            }
        }

        return false;
    }

    private static int FloorDivide(int a, int b) => (a / b) - (a % b < 0 ? 1 : 0);

    private static int Power(int exponent) => exponent switch { 0 => 1, 1 => 10, 2 => 100, _ => 1000 };
}
