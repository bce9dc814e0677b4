using System.Buffers.Binary;

namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>
/// timestamp and timestamptz: microseconds since 2000-01-01. Read from ISO 8601 only; a timestamptz must bring its offset, since
/// without one it means the session's TimeZone.
/// </summary>
internal sealed class TimestampFormat(bool withZone) : Int64Format
{
    public override bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        if (DateFormat.TryInfinity(text, long.MinValue, long.MaxValue, out value))
            return true;
        if (!DateFormat.TakeDate(ref text, out var days))
            return false;

        value = days * TimeFormat.MicrosecondsPerDay;
        if (text.IsEmpty)
            return !withZone;
        if (!InputText.Take(ref text, ' ') && !InputText.Take(ref text, 'T'))
            return false;
        if (!TimeFormat.TakeTime(ref text, out var time))
            return false;
        value += time;
        if (!withZone)
            return text.IsEmpty;
        if (!ZoneOffset.TryTake(ref text, out var seconds) || !text.IsEmpty)
            return false;
        value -= seconds * TimeFormat.MicrosecondsPerSecond;
        return true;
    }

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = wire.Length == 8 ? BinaryPrimitives.ReadInt64BigEndian(wire) : 0;
        return wire.Length == 8;
    }
}
