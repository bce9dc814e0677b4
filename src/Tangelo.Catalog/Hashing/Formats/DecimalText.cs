namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>
/// A decimal number in text, as numeric_in takes it: <see cref="Length"/> decimal digits, the last of which counts
/// 10 to the power of <see cref="Exponent"/>.
/// </summary>
internal readonly ref struct DecimalText
{
    private readonly ReadOnlySpan<byte> _whole;
    private readonly ReadOnlySpan<byte> _fraction;

    private DecimalText(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, int exponent)
    {
        _whole = whole;
        _fraction = fraction;
        Exponent = exponent - fraction.Length;
    }

    public int Exponent { get; }

    public int Length => _whole.Length + _fraction.Length;

    /// <summary>Digits after the point, an exponent counted in: negative ones are none.</summary>
    public int Scale => Math.Max(0, -Exponent);

    /// <summary>The value of a decimal digit, the most significant first.</summary>
    public int this[int index] => (index < _whole.Length ? _whole[index] : _fraction[index - _whole.Length]) - '0';

    /// <summary>False when <paramref name="text"/>, without white space around it, is no number.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out DecimalText number)
    {
        number = default;
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        var whole = TakeDigits(ref text);
        ReadOnlySpan<byte> fraction = [];
        if (InputText.Take(ref text, '.'))
            fraction = TakeDigits(ref text);
        if (whole.IsEmpty && fraction.IsEmpty)
            return false;

        var exponent = 0;
        if (!text.IsEmpty)
        {
            if (!InputText.Take(ref text, 'e') && !InputText.Take(ref text, 'E'))
                return false;
            var negative = InputText.Take(ref text, '-');
            if (!negative)
                InputText.Take(ref text, '+');

            // Six digits are enough to see that it is far out of range.
            if (InputText.TakeDigits(ref text, 6, out exponent) == 0)
                return false;
            var more = TakeDigits(ref text);
            if (!text.IsEmpty)
                return false;
            if (!more.IsEmpty)
                exponent = 1_000_000;
            if (negative)
                exponent = -exponent;
        }

        number = new DecimalText(whole, fraction, exponent);
        return true;
    }

    private static ReadOnlySpan<byte> TakeDigits(scoped ref ReadOnlySpan<byte> text)
    {
        var count = 0;
        while (count < text.Length && InputText.IsDigit(text[count]))
            count++;
        var digits = text[..count];
        text = text[count..];
        return digits;
    }
}
