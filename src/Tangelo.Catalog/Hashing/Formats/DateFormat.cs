using System.Buffers.Binary;

namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>
/// date: days since 2000-01-01. Of the many texts PostgreSQL takes, only YYYY-MM-DD and the infinities are read here: they mean
/// the same under every DateStyle.
/// </summary>
internal sealed class DateFormat : Int64Format
{
    public override bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        if (TryInfinity(text, int.MinValue, int.MaxValue, out value))
            return true;
        return TakeDate(ref text, out value) && text.IsEmpty;
    }

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = wire.Length == 4 ? BinaryPrimitives.ReadInt32BigEndian(wire) : 0;
        return wire.Length == 4;
    }

    internal static bool TryInfinity(ReadOnlySpan<byte> text, long negative, long positive, out long value)
    {
        value = InputText.EqualsIgnoreCase(text, "infinity"u8) ? positive : negative;
        return value == positive || InputText.EqualsIgnoreCase(text, "-infinity"u8);
    }

    /// <summary>Takes a valid YYYY-MM-DD off the front.</summary>
    internal static bool TakeDate(ref ReadOnlySpan<byte> text, out long days)
    {
        days = 0;
        if (InputText.TakeDigits(ref text, 4, out var year) != 4 || year == 0 || !InputText.Take(ref text, '-')
            || InputText.TakeDigits(ref text, 2, out var month) != 2 || !InputText.Take(ref text, '-')
            || InputText.TakeDigits(ref text, 2, out var day) != 2
            || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        days = new DateOnly(year, month, day).DayNumber - new DateOnly(2000, 1, 1).DayNumber;
        return true;
    }
}
