using System.Globalization;

namespace Tangelo.Catalog;

/// <summary>
/// The ctid that the loopback gives out: a row's own, with the index of its shard in it. Offset numbers are below 2,048, and the five bits above
/// hold the lowest five of the shard index; the rest of the index stands in the top bits of the block number.
/// </summary>
public static class ShardRowId
{
    /// <summary>How many bits of an offset number belong to the offset.</summary>
    public const int OffsetBits = 11;

    private const int IndexBitsInOffset = 5;

    /// <summary>The shard and the row's own ctid.</summary>
    /// <param name="rowId">As PostgreSQL writes it: <c>(block,offset)</c>.</param>
    /// <param name="shards">How many shards the table has.</param>
    public static (int Shard, string Own) Decode(string rowId, int shards)
    {
        var comma = rowId.IndexOf(',');
        var block = long.Parse(rowId.AsSpan(1, comma - 1), CultureInfo.InvariantCulture);
        var offset = int.Parse(rowId.AsSpan(comma + 1, rowId.Length - comma - 2), CultureInfo.InvariantCulture);
        var (_, _, blockBits) = Split(0, shards);
        var shard = (int)((block >> blockBits) << IndexBitsInOffset) | (offset >> OffsetBits);
        return (shard, $"({block & ((1L << blockBits) - 1)},{offset & ((1 << OffsetBits) - 1)})");
    }

    /// <summary>The ctid that the loopback gives out for a row of a shard.</summary>
    /// <param name="own">The row's own, as PostgreSQL writes it.</param>
    /// <param name="shard">The index of the shard.</param>
    /// <param name="shards">How many shards the table has.</param>
    public static string Encode(string own, int shard, int shards)
    {
        var comma = own.IndexOf(',');
        var block = long.Parse(own.AsSpan(1, comma - 1), CultureInfo.InvariantCulture);
        var offset = int.Parse(own.AsSpan(comma + 1, own.Length - comma - 2), CultureInfo.InvariantCulture);
        var (low, high, blockBits) = Split(shard, shards);
        return string.Create(CultureInfo.InvariantCulture, $"({block | ((long)high << blockBits)},{offset | (low << OffsetBits)})");
    }

    /// <summary>The parts of a shard index, and how many bits of the block number remain for the block.</summary>
    public static (int Low, int High, int BlockBits) Split(int shard, int shards)
    {
        var above = (shards - 1) >> IndexBitsInOffset;
        var bits = above == 0 ? 0 : 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)above);
        return (shard & ((1 << IndexBitsInOffset) - 1), shard >> IndexBitsInOffset, 32 - bits);
    }
}
