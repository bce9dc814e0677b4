using System.Buffers.Binary;

namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>
/// interval: its length in microseconds with months of 30 days, cut to 64 bits as PostgreSQL does before it hashes. Text is
/// read when it is what PostgreSQL itself writes for an interval without a negative field: signs depend on IntervalStyle.
/// </summary>
internal sealed class IntervalFormat : Int64Format
{
    public override bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        long days = 0, time = 0;
        var any = false;
        foreach (var (unit, plural, length) in Units)
        {
            var rest = text;
            if (InputText.TakeDigits(ref rest, 4, out var count) == 0 || !InputText.Take(ref rest, ' '))
                continue;
            var end = rest.IndexOf((byte)' ');
            var word = end < 0 ? rest : rest[..end];
            if (!word.SequenceEqual(unit) && !word.SequenceEqual(plural))
                continue;
            days += (long)count * length;
            any = true;
            text = end < 0 ? [] : rest[(end + 1)..];
        }

        if (!text.IsEmpty)
        {
            if (!TimeFormat.TakeTime(ref text, out time) || !text.IsEmpty)
                return false;
            any = true;
        }

        value = unchecked((days * TimeFormat.MicrosecondsPerDay) + time);
        return any;
    }

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = 0;
        if (wire.Length != 16)
            return false;
        var time = BinaryPrimitives.ReadInt64BigEndian(wire);
        var days = BinaryPrimitives.ReadInt32BigEndian(wire[8..]);
        var months = BinaryPrimitives.ReadInt32BigEndian(wire[12..]);
        value = unchecked((((months * 30L) + days) * TimeFormat.MicrosecondsPerDay) + time);
        return true;
    }

    private static readonly (byte[] Unit, byte[] Plural, int Days)[] Units =
    [
        ("year"u8.ToArray(), "years"u8.ToArray(), 360),
        ("mon"u8.ToArray(), "mons"u8.ToArray(), 30),
        ("day"u8.ToArray(), "days"u8.ToArray(), 1),
    ];
}
