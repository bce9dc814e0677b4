using System.Collections.Immutable;
using Tangelo.Core;

namespace Tangelo.Catalog.Model;

/// <summary>
/// A row of <c>pg_dist_shard</c> with its active placements, in the order of their groups. <paramref name="MinHash"/> and <paramref name="MaxHash"/> are the
/// inclusive bounds on the int32 ring of a hash-distributed table; null for other methods, whose bounds are the texts.
/// </summary>
public sealed record Shard(
    ShardId Id,
    int? MinHash,
    int? MaxHash,
    string? MinValue,
    string? MaxValue,
    ImmutableArray<GroupId> Placements)
{
    /// <summary>The groups whose placement has missed writes: nobody reads or writes it until it is repaired.</summary>
    public ImmutableArray<GroupId> Inactive { get; init; } = [];
}
