using System.Collections.Immutable;
using Tangelo.Core;

namespace Tangelo.Catalog.Model;

/// <summary>
/// A distributed or reference table as one version of the metadata shows it. Immutable. Shards of hash-distributed tables
/// are in ring order (ascending <see cref="Shard.MinHash"/>), so equal indexes of co-located tables go together.
/// </summary>
public sealed record DistributedTable(
    Oid Relation,
    string Schema,
    string Name,
    DistributionMethod Method,
    TableColumn? DistributionColumn,
    ColocationId Colocation,
    ImmutableArray<TableColumn> Columns,
    ImmutableArray<Shard> Shards)
{
    /// <summary>True for a partitioned table: its rows are in its partitions, on every shard.</summary>
    public bool IsPartitioned { get; init; }

    /// <summary>True for a partition of a distributed table. The coordinator has a foreign table in its place.</summary>
    public bool IsPartition { get; init; }

    /// <summary>True for a materialized view. The coordinator has a table in its place, with the rule that fills it.</summary>
    public bool IsMaterializedView { get; init; }

    /// <summary>False for a materialized view that has no rows yet, and must not be read.</summary>
    public bool IsPopulated { get; init; } = true;

    /// <summary>Which of its writes triggers or rules concern: the coordinator carries those out, row by row.</summary>
    public WatchedWrites Watched { get; init; }

    /// <summary>Of a partitioned table with <see cref="WatchedWrites.Move"/>: the columns that tell the partition of a row, at any level; null where any column may.</summary>
    public IReadOnlyList<string>? PartitionKeys { get; init; }

    /// <summary>What its row-level security looks at.</summary>
    public RowSecurity RowSecurity { get; init; }

    /// <summary>The tables that its row-level security reads.</summary>
    public ImmutableArray<Oid> ReadByPolicies { get; init; } = [];

    /// <summary>The names of its indexes that are so long that a shard's may be cut.</summary>
    public ImmutableArray<string> LongNames { get; init; } = [];

    /// <summary>True when a row has copies on several nodes, which must agree.</summary>
    public bool IsReplicated { get; } = Method == DistributionMethod.Reference || Shards.Any(s => s.Placements.Length + s.Inactive.Length > 1);

    /// <summary>True when its shards have several placements each, which statements keep equal under <c>ReplicaLocks</c>.</summary>
    public bool HasCopiesOfShards => IsReplicated && !IsReference;

    /// <summary>True when a shard of it that is made now may have several placements.</summary>
    public bool MayHaveCopies => IsReplicated || Method == DistributionMethod.Append;

    /// <summary>True when the ranges of a range-distributed table leave no doubt about the shard of any value.</summary>
    public bool HasDisjointRanges { get; init; }

    /// <summary>True when its shards come one by one, with bounds that somebody may have written by hand.</summary>
    public bool IsByValue => Method is DistributionMethod.Append or DistributionMethod.Range;

    /// <summary>True when a value of the distribution column says which shard its rows are in.</summary>
    public bool KeyDecidesShard => Method == DistributionMethod.Range ? HasDisjointRanges : Method != DistributionMethod.Append;

    /// <summary>True when every node holds all rows.</summary>
    public bool IsReference => Method == DistributionMethod.Reference;

    /// <summary>True when all rows are in the same shard, whatever they are.</summary>
    public bool HasOneShard => Method is DistributionMethod.Reference or DistributionMethod.SingleShard;

    /// <summary>True for a table of the coordinator that the cluster knows, for the sake of foreign keys to reference tables.</summary>
    public bool IsLocal => Method == DistributionMethod.SingleShard && Colocation.Value == 0;

    /// <summary>The indexes of the shards that are placed on a group.</summary>
    public IEnumerable<int> ShardsOn(GroupId group) => Enumerable.Range(0, Shards.Length).Where(i => Shards[i].Placements.Contains(group));

    /// <summary>The column called <paramref name="name"/> (exact, already folded), or null.</summary>
    public TableColumn? FindColumn(string name) => Columns.FirstOrDefault(c => c.Name == name);

    /// <inheritdoc/>
    public override string ToString() => $"{Schema}.{Name}";
}
