namespace Tangelo.Workers.Pooling;

/// <summary>How many connections to the servers the routers of a cluster may have together. 0: as many as a server takes. Negative: any number.</summary>
/// <param name="Node">To each node.</param>
/// <param name="Coordinator">To the coordinator, for the shards there.</param>
/// <param name="Routers">How many routers share them equally.</param>
public readonly record struct PoolShares(int Node, int Coordinator, int Routers)
{
    /// <summary>As long as nothing has been read.</summary>
    public static PoolShares Default { get; } = new(300, 150, 1);
}
