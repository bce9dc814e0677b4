using System.Collections.Immutable;
using Tangelo.Catalog.Model;

namespace Tangelo.Catalog.Hashing;

/// <summary>The ring of int32 hashes and how it is cut into shards.</summary>
public static class ShardRing
{
    private const long RingSize = 1L << 32;

    /// <summary>
    /// The inclusive bounds of <paramref name="shardCount"/> equal pieces, in ring order. The last piece takes the remainder of
    /// the division.
    /// </summary>
    public static ImmutableArray<(int Min, int Max)> Cut(int shardCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        var increment = RingSize / shardCount;
        var pieces = ImmutableArray.CreateBuilder<(int, int)>(shardCount);
        for (var i = 0; i < shardCount; i++)
        {
            var min = int.MinValue + (i * increment);
            var max = i == shardCount - 1 ? int.MaxValue : min + increment - 1;
            pieces.Add(((int)min, (int)max));
        }

        return pieces.MoveToImmutable();
    }

    /// <summary>
    /// The index in <see cref="DistributedTable.Shards"/> of the shard that holds <paramref name="hash"/>, or -1 where the
    /// metadata leaves a gap. Constant time on an even ring, logarithmic on one that was split.
    /// </summary>
    public static int FindShard(DistributedTable table, int hash)
    {
        var shards = table.Shards;
        if (shards.IsEmpty)
            return -1;

        var guess = (int)Math.Min(((long)hash - int.MinValue) / (RingSize / shards.Length), shards.Length - 1);
        if (Holds(shards[guess], hash))
            return guess;

        int low = 0, high = shards.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (shards[middle].MinHash <= hash)
                low = middle;
            else
                high = middle - 1;
        }

        return Holds(shards[low], hash) ? low : -1;
    }

    /// <summary>The shard of rows without a key: that of the hash 0, as PostgreSQL hashes NULL. It is the same one in all co-located tables.</summary>
    public static int FindShardOfNull(DistributedTable table) => FindShard(table, 0);

    private static bool Holds(Shard shard, int hash) => shard.MinHash <= hash && hash <= shard.MaxHash;
}
