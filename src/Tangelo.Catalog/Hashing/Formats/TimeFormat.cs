using System.Buffers.Binary;

namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>time: microseconds since midnight. Read from HH:MM or HH:MM:SS with up to six more digits.</summary>
internal sealed class TimeFormat : Int64Format
{
    public const long MicrosecondsPerSecond = 1_000_000;
    public const long MicrosecondsPerDay = 86400 * MicrosecondsPerSecond;

    public override bool TryParse(ReadOnlySpan<byte> text, out long value) => TakeTime(ref text, out value) && text.IsEmpty;

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = wire.Length == 8 ? BinaryPrimitives.ReadInt64BigEndian(wire) : 0;
        return wire.Length == 8;
    }

    /// <summary>Takes a time of day off the front. 24:00 and leap seconds are left to PostgreSQL.</summary>
    internal static bool TakeTime(ref ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (InputText.TakeDigits(ref text, 2, out var hour) != 2 || !InputText.Take(ref text, ':')
            || InputText.TakeDigits(ref text, 2, out var minute) != 2 || hour > 23 || minute > 59)
            return false;

        var second = 0;
        var fraction = 0L;
        if (InputText.Take(ref text, ':')
            && (InputText.TakeDigits(ref text, 2, out second) != 2 || second > 59 || !TakeFraction(ref text, out fraction)))
            return false;
        microseconds = ((((hour * 60L) + minute) * 60) + second) * MicrosecondsPerSecond + fraction;
        return true;
    }

    private static bool TakeFraction(ref ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (!InputText.Take(ref text, '.'))
            return true;
        var digits = InputText.TakeDigits(ref text, 6, out var fraction);
        microseconds = fraction;
        for (var i = digits; i < 6; i++)
            microseconds *= 10;

        // More digits would be rounded, in a way that may differ between versions.
        return digits > 0 && (text.IsEmpty || !InputText.IsDigit(text[0]));
    }
}
