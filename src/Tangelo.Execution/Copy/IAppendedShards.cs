using Tangelo.Catalog.Model;

namespace Tangelo.Execution.Copy;

/// <summary>The shards into which COPY loads an append-distributed table: several at a time, each of them until it is full.</summary>
public interface IAppendedShards
{
    /// <summary>The table with no other shards than those that rows go to now.</summary>
    DistributedTable Current { get; }

    /// <summary>How many shards keep all nodes busy.</summary>
    int AtOnce { get; }

    /// <summary>After how many bytes another shard takes the place of one.</summary>
    long BytesPerShard { get; }

    /// <summary>Adds a shard to the current ones. No call to the nodes is under way.</summary>
    ValueTask AddAsync(CancellationToken cancellationToken);

    /// <summary>Puts another shard in the place of a current one. No call to the nodes is under way.</summary>
    ValueTask ReplaceAsync(int index, CancellationToken cancellationToken);
}
