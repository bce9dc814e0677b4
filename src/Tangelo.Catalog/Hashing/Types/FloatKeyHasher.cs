using System.Buffers.Binary;
using System.Buffers.Text;
using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>
/// float4 and float8. A float4 is hashed as the float8 of the same value, so that the two types can be compared across.
/// </summary>
internal sealed class FloatKeyHasher(bool isSingle) : IKeyHasher
{
    private readonly string _typeName = isSingle ? "real" : "double precision";

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        var number = InputText.Trim(utf8Text);
        if (TrySpecial(number, out var value))
        {
            hash = PgHash.Double(value);
            return true;
        }

        if (!IsDecimal(number, out var allZero))
            return MayBeOther(number) ? false : throw InputText.Invalid(_typeName, utf8Text);

        if (number[0] == '+')
            number = number[1..];
        var parsed = isSingle
            ? Utf8Parser.TryParse(number, out float single, out var used) && (value = single) == single
            : Utf8Parser.TryParse(number, out value, out used);

        // What became infinite or zero on the way is out of range; PostgreSQL says so.
        if (!parsed || used != number.Length || double.IsInfinity(value) || (value == 0 && !allZero))
            return false;
        hash = PgHash.Double(value);
        return true;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 0;
        if (value.Length != (isSingle ? 4 : 8))
            return false;
        hash = PgHash.Double(isSingle ? BinaryPrimitives.ReadSingleBigEndian(value) : BinaryPrimitives.ReadDoubleBigEndian(value));
        return true;
    }

    private static bool TrySpecial(ReadOnlySpan<byte> text, out double value)
    {
        value = double.NaN;
        if (InputText.EqualsIgnoreCase(text, "nan"u8))
            return true;
        value = InputText.Take(ref text, '-') ? double.NegativeInfinity : double.PositiveInfinity;
        return InputText.EqualsIgnoreCase(text, "infinity"u8) || InputText.EqualsIgnoreCase(text, "inf"u8);
    }

    /// <summary>C's strtod() knows more: +inf, nan(...), hexadecimal floats.</summary>
    private static bool MayBeOther(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if ((b | 0x20) is 'i' or 'n' or 'x')
                return true;
        }

        return false;
    }

    private static bool IsDecimal(ReadOnlySpan<byte> text, out bool allZero)
    {
        allZero = true;
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        var digits = SkipDigits(ref text, ref allZero);
        if (InputText.Take(ref text, '.'))
            digits += SkipDigits(ref text, ref allZero);
        if (digits == 0)
            return false;
        if (text.IsEmpty)
            return true;
        if (!InputText.Take(ref text, 'e') && !InputText.Take(ref text, 'E'))
            return false;
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        var ignored = true;
        return SkipDigits(ref text, ref ignored) > 0 && text.IsEmpty;
    }

    private static int SkipDigits(ref ReadOnlySpan<byte> text, ref bool allZero)
    {
        var count = 0;
        for (; count < text.Length && InputText.IsDigit(text[count]); count++)
            allZero &= text[count] == '0';
        text = text[count..];
        return count;
    }
}
