using System.Collections.Immutable;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Planning.Plans;

/// <summary>Which shards of <see cref="Anchor"/> (and the co-located ones of every other table) a plan touches; settled when parameters are known.</summary>
public abstract record ShardSelection(DistributedTable Anchor);

/// <summary>Every shard.</summary>
public sealed record AllShards(DistributedTable Anchor) : ShardSelection(Anchor);

/// <summary>No shard can match (<c>id = NULL</c>, contradictory keys): the query runs on one shard all the same, for its columns.</summary>
public sealed record NoShards(DistributedTable Anchor) : ShardSelection(Anchor);

/// <summary>The shards whose key is one of <paramref name="Keys"/>.</summary>
public sealed record KeyShards(DistributedTable Anchor, ImmutableArray<KeyOperand> Keys) : ShardSelection(Anchor);

/// <summary>Just these, by index; known when planned.</summary>
public sealed record FixedShards(DistributedTable Anchor, ImmutableArray<int> Indexes) : ShardSelection(Anchor);

/// <summary>
/// The shards of an append- or range-distributed table whose bounds may hold values for which all of <paramref name="Conditions"/> are true; each of them is that
/// the distribution column is in one of some intervals.
/// </summary>
public sealed record RangeShards(DistributedTable Anchor, ImmutableArray<ImmutableArray<KeyInterval>> Conditions) : ShardSelection(Anchor);

/// <summary>Values of the distribution column from one to another; null is without an end.</summary>
public sealed record KeyInterval(KeyOperand? Low, bool IncludesLow, KeyOperand? High, bool IncludesHigh)
{
    /// <summary>One value, or the elements of an array.</summary>
    public static KeyInterval Of(KeyOperand value) => new(value, true, value, true);
}

/// <summary>Only reference tables: any placement reads, every placement writes.</summary>
public sealed record ReferenceShard(DistributedTable Anchor) : ShardSelection(Anchor);

/// <summary>A value of the distribution column.</summary>
public abstract record KeyOperand;

/// <summary>A literal in PostgreSQL's text form (unquoted), or null for NULL.</summary>
public sealed record LiteralKey(string? Text) : KeyOperand;

/// <summary>Parameter $<paramref name="Number"/> (1-based), of the type <paramref name="Type"/> as described (0: unknown).</summary>
public sealed record ParameterKey(int Number) : KeyOperand;

/// <summary>Every element, of type <paramref name="Element"/>, of the array parameter $<paramref name="Number"/> (<c>= ANY($1)</c>).</summary>
public sealed record ArrayParameterKey(int Number, Oid Element) : KeyOperand;
