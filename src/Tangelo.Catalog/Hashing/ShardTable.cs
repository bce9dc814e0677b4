using Tangelo.Catalog.Model;

namespace Tangelo.Catalog.Hashing;

/// <summary>Finds the shards of many hashes, without a division for each: the first bits of a hash tell its shard, but where a shard begins or ends among them.</summary>
public sealed class ShardTable
{
    private const int Bits = 10;
    private const short Ask = -1;

    private readonly DistributedTable _table;
    private readonly short[] _byFirstBits = new short[1 << Bits];

    /// <param name="table">A hash-distributed table.</param>
    public ShardTable(DistributedTable table)
    {
        _table = table;
        for (var i = 0; i < _byFirstBits.Length; i++)
        {
            var least = (int)((uint)i << (32 - Bits));
            var shard = ShardRing.FindShard(table, least);
            var isWhole = shard is >= 0 and <= short.MaxValue && table.Shards[shard].MaxHash >= (least | (int)(uint.MaxValue >> Bits));
            _byFirstBits[i] = isWhole ? (short)shard : Ask;
        }
    }

    /// <summary>The index in <see cref="DistributedTable.Shards"/> of the shard that holds <paramref name="hash"/>, or -1 where the metadata leaves a gap.</summary>
    public int Find(int hash)
    {
        var shard = _byFirstBits[(uint)hash >> (32 - Bits)];
        return shard != Ask ? shard : ShardRing.FindShard(_table, hash);
    }
}
