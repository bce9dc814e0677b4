namespace Tangelo.Core;

/// <summary>The id of a shard, unique in the cluster; the first one is 102008, as in Citus.</summary>
public readonly record struct ShardId(long Value) : IComparable<ShardId>
{
    /// <inheritdoc/>
    public int CompareTo(ShardId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A server in <c>pg_dist_node</c>.</summary>
public readonly record struct NodeId(int Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A primary with its standbys; group 0 is the coordinator. Placements name groups, not servers.</summary>
public readonly record struct GroupId(int Value)
{
    /// <summary>The group of the coordinator.</summary>
    public static readonly GroupId Coordinator = new(0);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Tables of one co-location group have the same number of shards at the same places.</summary>
public readonly record struct ColocationId(int Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>An object id of the coordinator's catalog.</summary>
public readonly record struct Oid(uint Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
