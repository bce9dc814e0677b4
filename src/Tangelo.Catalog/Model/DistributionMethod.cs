namespace Tangelo.Catalog.Model;

/// <summary>How the rows of a table are spread: <c>pg_dist_partition.partmethod</c>.</summary>
public enum DistributionMethod
{
    /// <summary>'h': by a hash of the distribution column.</summary>
    Hash,

    /// <summary>'n' with <c>repmodel</c> 't': every node holds all rows.</summary>
    Reference,

    /// <summary>'n' with <c>repmodel</c> 's' and a co-location group: one shard.</summary>
    SingleShard,

    /// <summary>'a': a shard is whatever was loaded together.</summary>
    Append,

    /// <summary>'r': by ranges of the distribution column.</summary>
    Range,
}
