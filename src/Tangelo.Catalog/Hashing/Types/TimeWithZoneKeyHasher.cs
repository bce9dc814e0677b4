using System.Buffers.Binary;
using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>timetz: the hash of the time and that of the zone, in seconds west of Greenwich.</summary>
internal sealed class TimeWithZoneKeyHasher : IKeyHasher
{
    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        if (!TimeFormat.TakeTime(ref utf8Text, out var time) || !ZoneOffset.TryTake(ref utf8Text, out var east) || !utf8Text.IsEmpty)
            return false;
        hash = Hash(time, -east);
        return true;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 0;
        if (value.Length != 12)
            return false;
        hash = Hash(BinaryPrimitives.ReadInt64BigEndian(value), BinaryPrimitives.ReadInt32BigEndian(value[8..]));
        return true;
    }

    private static int Hash(long time, int west) => PgHash.Int64(time) ^ PgHash.UInt32((uint)west);
}
