namespace Tangelo.Execution.Copy;

/// <summary>
/// How much of a COPY each shard of an append-distributed table has taken, and what follows from it. A COPY begins with one shard, so that a small one makes no more;
/// further ones are filled beside it when there is so much data that it pays.
/// </summary>
internal sealed class AppendedBytes(IAppendedShards shards, long bytesBeforeAnother)
{
    private readonly List<long> _bytes = [0];
    private long _total;

    /// <summary>True when a shard is full, or another one is to be filled beside those that are.</summary>
    public bool IsChangeDue => IsAnotherDue || _bytes.Exists(IsFull);

    private bool IsAnotherDue => _bytes.Count < shards.AtOnce && _total >= bytesBeforeAnother * _bytes.Count;

    /// <summary>Adds what a dispatcher has taken since it was asked last.</summary>
    public void Count(ShardDispatcher dispatcher)
    {
        for (var shard = 0; shard < _bytes.Count; shard++)
        {
            var taken = dispatcher.TakeCount(shard);
            _bytes[shard] += taken;
            _total += taken;
        }
    }

    /// <summary>Makes the shards that are due. No call to the nodes is under way.</summary>
    public async ValueTask ChangeAsync(CancellationToken cancellation)
    {
        for (var shard = 0; shard < _bytes.Count; shard++)
        {
            if (!IsFull(_bytes[shard]))
                continue;
            await shards.ReplaceAsync(shard, cancellation).ConfigureAwait(false);
            _bytes[shard] = 0;
        }

        for (; IsAnotherDue; _bytes.Add(0))
            await shards.AddAsync(cancellation).ConfigureAwait(false);
    }

    private bool IsFull(long bytes) => bytes >= shards.BytesPerShard;
}
