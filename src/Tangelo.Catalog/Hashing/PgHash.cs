using System.Buffers.Binary;
using System.Numerics;

namespace Tangelo.Catalog.Hashing;

/// <summary>
/// PostgreSQL's in-core hash: Bob Jenkins' lookup3 with PostgreSQL's seed, as seen on a little-endian server. The results are
/// stored in no file of PostgreSQL's that outlives a major version by contract, but hash partitioning keeps them stable.
/// </summary>
public static class PgHash
{
    private const uint Seed = 0x9e3779b9u + 3923095u;

    /// <summary>What <c>hashtext</c>, <c>hashvarlena</c>, <c>uuid_hash</c> and others give for these bytes.</summary>
    public static int Bytes(ReadOnlySpan<byte> key)
    {
        uint a = Seed + (uint)key.Length, b = a, c = a;
        while (key.Length >= 12)
        {
            a += BinaryPrimitives.ReadUInt32LittleEndian(key);
            b += BinaryPrimitives.ReadUInt32LittleEndian(key[4..]);
            c += BinaryPrimitives.ReadUInt32LittleEndian(key[8..]);
            Mix(ref a, ref b, ref c);
            key = key[12..];
        }

        // The lowest byte of c belongs to the length, so the ninth byte goes one place higher.
        c += Partial(key, 8) << 8;
        b += Partial(key, 4);
        a += Partial(key, 0);
        return (int)Final(a, b, c);
    }

    /// <summary>What <c>hashint4</c>, <c>hashoid</c> and others give for a 32-bit value.</summary>
    public static int UInt32(uint value)
    {
        const uint start = Seed + sizeof(uint);
        return (int)Final(start + value, start, start);
    }

    /// <summary>
    /// What <c>hashint8</c> gives. Values that fit hash like <c>hashint4</c> and <c>hashint2</c> do, so all integer types, and
    /// all types PostgreSQL hashes as one of them, come here.
    /// </summary>
    public static int Int64(long value)
    {
        var low = (uint)value;
        var high = (uint)(value >> 32);
        return UInt32(low ^ (value >= 0 ? high : ~high));
    }

    /// <summary>What <c>hashfloat8</c> gives; both zeros are one key, and so are all NaNs.</summary>
    public static int Double(double value)
    {
        if (value == 0)
            return 0;
        Span<byte> bytes = stackalloc byte[8];
        var bits = double.IsNaN(value) ? 0x7ff8000000000000 : BitConverter.DoubleToInt64Bits(value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bits);
        return Bytes(bytes);
    }

    private static uint Partial(ReadOnlySpan<byte> tail, int from)
    {
        if (tail.Length >= from + 4)
            return BinaryPrimitives.ReadUInt32LittleEndian(tail[from..]);
        var word = 0u;
        for (var i = tail.Length - 1; i >= from; i--)
            word = (word << 8) | tail[i];
        return word;
    }

    private static void Mix(ref uint a, ref uint b, ref uint c)
    {
        a = (a - c) ^ BitOperations.RotateLeft(c, 4);
        c += b;
        b = (b - a) ^ BitOperations.RotateLeft(a, 6);
        a += c;
        c = (c - b) ^ BitOperations.RotateLeft(b, 8);
        b += a;
        a = (a - c) ^ BitOperations.RotateLeft(c, 16);
        c += b;
        b = (b - a) ^ BitOperations.RotateLeft(a, 19);
        a += c;
        c = (c - b) ^ BitOperations.RotateLeft(b, 4);
        b += a;
    }

    private static uint Final(uint a, uint b, uint c)
    {
        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        return (c ^ b) - BitOperations.RotateLeft(b, 24);
    }
}
