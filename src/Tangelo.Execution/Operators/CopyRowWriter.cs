using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Intermediate;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Writes rows by one COPY per shard and batch; the nodes work at the same time.</summary>
internal sealed class CopyRowWriter(IExecutionContext context, InsertSelectPlan plan) : ShardRowWriter
{
    private const int TotalBytes = 8 << 20;

    private readonly WorkerCopyTarget _target = new(context);
    private readonly CopyTextEncoder?[] _batches = new CopyTextEncoder?[plan.Target.Shards.Length];
    private readonly string[] _columns = [.. plan.TargetColumns, .. plan.CoordinatorDefaults.Select(d => d.Column)];
    private long _bytes;
    private long _count;

    /// <inheritdoc/>
    public override ValueTask AddAsync(int shard, ReadOnlyMemory<byte> row, CancellationToken cancellation)
    {
        var batch = _batches[shard] ??= new CopyTextEncoder();
        batch.Add(row.Span);
        _count++;
        _bytes += row.Length;
        return _bytes < TotalBytes ? ValueTask.CompletedTask : FlushAsync(cancellation);
    }

    /// <inheritdoc/>
    public override async ValueTask<long> FinishAsync(CancellationToken cancellation)
    {
        await FlushAsync(cancellation).ConfigureAwait(false);
        return _count;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var batch in _batches)
            batch?.Dispose();
        _target.Dispose();
    }

    private async ValueTask FlushAsync(CancellationToken cancellation)
    {
        var work = new Dictionary<GroupId, List<int>>();
        for (var shard = 0; shard < _batches.Length; shard++)
        {
            if (_batches[shard] is not { Rows: > 0 })
                continue;
            foreach (var group in plan.Target.Shards[shard].Placements)
            {
                if (!work.TryGetValue(group, out var shards))
                    work[group] = shards = [];
                shards.Add(shard);
            }
        }

        await Task.WhenAll(work.Select(async node =>
        {
            foreach (var shard in node.Value)
                await _target.CopyAsync(plan.Target, _columns, node.Key, shard, _batches[shard]!.Written, "", cancellation).ConfigureAwait(false);
        })).ConfigureAwait(false);
        foreach (var batch in _batches)
            batch?.Reset();
        _bytes = 0;
    }
}
