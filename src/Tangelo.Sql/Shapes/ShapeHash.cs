using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tangelo.Sql.Shapes;

/// <summary>A 128-bit hash for short texts, seeded so that nobody outside the process can prepare two texts of one hash.</summary>
internal static class ShapeHash
{
    private static readonly ulong[] Seed = MakeSeed();

    internal static UInt128 Of(ReadOnlySpan<byte> bytes)
    {
        var seed = Seed;
        ulong a = seed[0] ^ (ulong)bytes.Length, b = seed[1];
        while (bytes.Length >= 8)
        {
            Mix(ref a, ref b, MemoryMarshal.Read<ulong>(bytes), seed);
            bytes = bytes[8..];
        }

        Span<byte> rest = stackalloc byte[8];
        rest.Clear();
        bytes.CopyTo(rest);
        Mix(ref a, ref b, MemoryMarshal.Read<ulong>(rest), seed);
        Mix(ref a, ref b, seed[4], seed);
        return new UInt128(a, b);
    }

    // Two multiplications with different secrets; each half of the state feeds the other.
    private static void Mix(ref ulong a, ref ulong b, ulong word, ulong[] seed)
    {
        var high = Math.BigMul(a ^ word ^ seed[2], seed[3] | 1, out var low);
        var high2 = Math.BigMul(b ^ word ^ seed[3], seed[2] | 1, out var low2);
        a = low ^ high2 ^ ulong.RotateLeft(b, 23);
        b = low2 ^ high ^ word;
    }

    private static ulong[] MakeSeed()
    {
        var seed = new ulong[5];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(seed.AsSpan()));
        return seed;
    }
}
