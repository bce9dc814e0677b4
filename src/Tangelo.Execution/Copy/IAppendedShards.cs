using Tangelo.Catalog.Model;

namespace Tangelo.Execution.Copy;

/// <summary>The shards into which COPY loads an append-distributed table, one after the other.</summary>
public interface IAppendedShards
{
    /// <summary>The table with no other shard than the one that rows go to now.</summary>
    DistributedTable Current { get; }

    /// <summary>After how many bytes another shard begins.</summary>
    long BytesPerShard { get; }

    /// <summary>Makes another shard the current one. No call to the nodes is under way.</summary>
    ValueTask BeginNextAsync(CancellationToken cancellationToken);
}
