using System.Collections.Immutable;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Planning.Recursive;

/// <summary>The shards of nobody's, to which tables are dealt out that are joined by none of their distribution columns.</summary>
internal static class Scratch
{
    /// <summary>As Citus has it: enough that a node works on several at a time and none is large.</summary>
    private const int PartsPerNode = 4;

    // No table has this group.
    private static readonly ColocationId Group = new(-1);

    /// <summary>A table with such shards on all nodes that have rows of the tables; null when no node has: all of them are the coordinator's.</summary>
    internal static DistributedTable? For(IEnumerable<DistributedTable> tables)
    {
        var shards = tables.SelectMany(t => t.Shards.Take(t.IsReference ? 0 : t.Shards.Length));
        ImmutableArray<GroupId> nodes = [.. shards.Where(s => !s.Placements.IsEmpty).Select(s => s.Placements[0]).Distinct().OrderBy(g => g.Value)];
        if (nodes.IsEmpty)
            return null;
        var ring = ShardRing.Cut(nodes.Length * PartsPerNode);
        return new DistributedTable(
            new Oid(0), "", "", DistributionMethod.Hash, null, Group, [],
            [.. ring.Select((r, i) => new Shard(new ShardId(0), r.Min, r.Max, null, null, [nodes[i % nodes.Length]]))]);
    }
}
