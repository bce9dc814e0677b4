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

    private async ValueTask CopyAsync(GroupId group, int shard, CancellationToken cancellation)
    {
        try
        {
            await _target.CopyAsync(plan.Target, _columns, group, shard, _batches[shard]!.Written, "", null, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Error.Where?.StartsWith("COPY ", StringComparison.Ordinal) == true)
        {
            // The client has not asked for a COPY; what comes below it is a trigger's or a function's own context.
            throw new PgException(e.Error with { Where = WithoutFirstLine(e.Error.Where) });
        }
    }

    private static string? WithoutFirstLine(string text) =>
        text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0 ? text[(end + 1)..] : null;

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

        try
        {
            await Task.WhenAll(work.Select(async node =>
            {
                foreach (var shard in node.Value)
                    await CopyAsync(node.Key, shard, cancellation).ConfigureAwait(false);
            })).ConfigureAwait(false);
        }
        finally
        {
            _target.PassNotices();
        }

        foreach (var batch in _batches)
            batch?.Reset();
        _bytes = 0;
    }
}
