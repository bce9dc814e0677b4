using Tangelo.Core;

namespace Tangelo.Catalog;

/// <summary>The advisory locks by which writers of a shard with several placements meet on each of its nodes.</summary>
public static class ShardLocks
{
    /// <summary>The first half of the key; the second is the shard's id.</summary>
    private const int AdvisoryClass = 0x54414E52;

    /// <summary>The statement that locks shards on one node to the end of the transaction, in this order.</summary>
    /// <param name="shards">Their ids.</param>
    /// <param name="together">True where others who ask so may hold it, too.</param>
    public static string Sql(IEnumerable<ShardId> shards, bool together) =>
        $"SELECT pg_catalog.{(together ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock")}({AdvisoryClass}, k) "
        + $"FROM pg_catalog.unnest(ARRAY[{string.Join(", ", shards.Select(s => unchecked((int)s.Value)))}]) AS k";
}
