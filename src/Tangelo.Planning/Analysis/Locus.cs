using System.Collections.Immutable;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Analysis;

/// <summary>Names one shard: everything that is pinned to it lies there.</summary>
internal abstract record Pin;

/// <summary>The shard of a constant or a parameter.</summary>
internal sealed record KeyPin(KeyOperand Key) : Pin;

/// <summary>The shard of an outer row's distribution key: a correlated subquery.</summary>
internal sealed record ColumnPin(EntryColumn Column) : Pin;

/// <summary>The only shard of tables without a distribution column.</summary>
internal sealed record SoleShardPin : Pin;

/// <summary>
/// Where the rows of a relational expression lie, and so what running it shard by shard gives.
/// Without <see cref="Anchor"/> only reference tables take part: every node gives the same rows.
/// </summary>
internal sealed record Locus
{
    private static readonly ImmutableHashSet<EntryColumn> NoColumns = [];

    private Locus()
    {
    }

    /// <summary>One of the distributed tables in it; all are co-located.</summary>
    internal DistributedTable? Anchor { get; init; }

    /// <summary>One of the reference tables in it.</summary>
    internal DistributedTable? Reference { get; init; }

    /// <summary>
    /// With an anchor: the rows are the disjoint union of what the shards give. Without: every node gives the same rows, also when asked
    /// twice (no LIMIT, no volatile function).
    /// </summary>
    internal bool IsUnion { get; init; }

    /// <summary>Why <see cref="IsUnion"/> is false.</summary>
    internal string? Why { get; init; }

    /// <summary>Columns that in every row hold the distribution key of the shard the row comes from.</summary>
    internal ImmutableHashSet<EntryColumn> Keys { get; init; } = NoColumns;

    /// <summary>Columns that hold that key or NULL (below an outer join).</summary>
    internal ImmutableHashSet<EntryColumn> NullableKeys { get; init; } = NoColumns;

    /// <summary>Each names a shard that alone holds every row that matters; any SQL over this is right there.</summary>
    internal ImmutableHashSet<Pin> Pins { get; init; } = [];

    /// <summary>When not null: only shards of these keys give rows.</summary>
    internal ImmutableArray<KeyOperand>? Restriction { get; init; }

    /// <summary>Distribution columns of append- and range-distributed tables: what is known of their values leaves shards out.</summary>
    internal ImmutableHashSet<EntryColumn> BoundedColumns { get; init; } = NoColumns;

    /// <summary>Only shards whose bounds meet all of these give rows.</summary>
    internal ImmutableArray<ImmutableArray<KeyInterval>> Intervals { get; init; } = [];

    /// <summary>Nothing can be said: no way to run it on the shards.</summary>
    internal bool IsImpossible { get; init; }

    internal bool IsSharded => Anchor is not null;

    /// <summary>All columns that tie a row to its shard.</summary>
    internal IEnumerable<EntryColumn> AnyKeys => Keys.Concat(NullableKeys);

    internal static Locus Nothing { get; } = new() { IsUnion = true };

    internal static Locus Impossible(string why) => new() { IsImpossible = true, Why = why };

    internal static Locus OfReference(DistributedTable table) => new() { Reference = table, IsUnion = true };

    internal static Locus OfTable(DistributedTable table, EntryColumn? key) => new()
    {
        Anchor = table,
        IsUnion = true,
        Keys = key is null || !table.KeyDecidesShard ? NoColumns : [key],
        BoundedColumns = key is null || !table.IsByValue ? NoColumns : [key],
        Pins = table.Method == DistributionMethod.SingleShard ? [new SoleShardPin()] : [],
    };

    /// <summary>The same rows, but no longer what the shards give one by one.</summary>
    internal Locus NotUnion(string why) => IsImpossible || !IsUnion ? this : this with
    {
        IsUnion = false,
        Why = why,
        Keys = NoColumns,
        NullableKeys = NoColumns,
        Restriction = null,
        BoundedColumns = NoColumns,
        Intervals = [],
    };

    /// <summary>True when shards of equal index of both belong together.</summary>
    internal static bool Colocated(DistributedTable left, DistributedTable right) =>
        left.Relation == right.Relation
        || (left.Method == right.Method
            && left.Method is DistributionMethod.Hash or DistributionMethod.SingleShard or DistributionMethod.Range
            && left.Colocation == right.Colocation
            && left.Colocation.Value != 0
            && left.Shards.Length == right.Shards.Length
            && (left.Method != DistributionMethod.Range || HaveEqualRanges(left, right))
            && (!(left.IsReplicated || right.IsReplicated) || AreOnSameNodes(left, right)));

    // A placement that has missed writes is read by nobody.
    private static bool AreOnSameNodes(DistributedTable left, DistributedTable right) =>
        left.Shards.Zip(right.Shards).All(p => p.First.Placements.SequenceEqual(p.Second.Placements));

    // Bounds are written by hand, and a table's may have been changed since.
    private static bool HaveEqualRanges(DistributedTable left, DistributedTable right) =>
        left.HasDisjointRanges && right.HasDisjointRanges
        && left.Shards.Zip(right.Shards).All(p => p.First.MinValue == p.Second.MinValue && p.First.MaxValue == p.Second.MaxValue
            && p.First.Placements.SequenceEqual(p.Second.Placements));
}
