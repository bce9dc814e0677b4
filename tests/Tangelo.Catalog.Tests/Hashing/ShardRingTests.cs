using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Xunit;

namespace Tangelo.Catalog.Tests.Hashing;

public sealed class ShardRingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(32)]
    [InlineData(1000)]
    public void Pieces_cover_the_ring_without_gap(int count)
    {
        var pieces = ShardRing.Cut(count);
        Assert.Equal(count, pieces.Length);
        Assert.Equal(int.MinValue, pieces[0].Min);
        Assert.Equal(int.MaxValue, pieces[^1].Max);
        for (var i = 1; i < count; i++)
            Assert.Equal(pieces[i - 1].Max + 1L, pieces[i].Min);
    }

    [Fact]
    public void Thirty_two_pieces_have_the_bounds_that_Citus_gives_them()
    {
        var pieces = ShardRing.Cut(32);
        Assert.Equal((-2147483648, -2013265921), pieces[0]);
        Assert.Equal((2013265920, 2147483647), pieces[31]);
    }

    [Fact]
    public void Every_hash_finds_its_shard_on_even_and_uneven_rings()
    {
        var random = new Random(1);
        foreach (var count in new[] { 1, 2, 3, 7, 32, 128 })
        {
            Check(Table(ShardRing.Cut(count)), random);
            Check(Table(Uneven(random, count)), random);
        }
    }

    [Fact]
    public void A_hash_in_a_gap_finds_no_shard()
    {
        var table = Table([(int.MinValue, -1), (10, int.MaxValue)]);
        Assert.Equal(-1, ShardRing.FindShard(table, 5));
        Assert.Equal(1, ShardRing.FindShard(table, 10));
        Assert.Equal(-1, ShardRing.FindShard(Table([]), 0));
    }

    [Fact]
    public void Many_hashes_find_their_shards_by_their_first_bits()
    {
        var random = new Random(2);
        foreach (var count in new[] { 1, 7, 32, 128, 3000 })
        {
            foreach (var table in new[] { Table(ShardRing.Cut(count)), Table(Uneven(random, count)), Table([(int.MinValue, -5), (-3, 4), (6, 1 << 25)]) })
            {
                var shards = new ShardTable(table);
                var edges = table.Shards.SelectMany(s => new[] { s.MinHash, s.MaxHash, s.MinHash - 1, s.MaxHash + 1 });
                foreach (var hash in edges.OfType<int>().Concat(Enumerable.Range(0, 2000).Select(_ => (int)random.NextInt64(int.MinValue, 1L << 31))))
                    Assert.Equal(ShardRing.FindShard(table, hash), shards.Find(hash));
            }
        }
    }

    private static void Check(DistributedTable table, Random random)
    {
        for (var i = 0; i < 2000; i++)
        {
            var hash = i switch { 0 => int.MinValue, 1 => int.MaxValue, _ => (int)random.NextInt64(int.MinValue, 1L << 31) };
            var shard = table.Shards[ShardRing.FindShard(table, hash)];
            Assert.True(shard.MinHash <= hash && hash <= shard.MaxHash);
        }
    }

    private static IEnumerable<(int, int)> Uneven(Random random, int count)
    {
        var cuts = Enumerable.Range(0, count - 1).Select(_ => (int)random.NextInt64(int.MinValue + 1L, 1L << 31)).Distinct().Order().ToList();
        var min = int.MinValue;
        foreach (var cut in cuts)
        {
            yield return (min, cut - 1);
            min = cut;
        }

        yield return (min, int.MaxValue);
    }

    private static DistributedTable Table(IEnumerable<(int Min, int Max)> pieces) => new(
        new Oid(1), "public", "t", DistributionMethod.Hash, null, new ColocationId(1), [],
        [.. pieces.Select((p, i) => new Shard(new ShardId(102008 + i), p.Min, p.Max, null, null, []))]);
}
