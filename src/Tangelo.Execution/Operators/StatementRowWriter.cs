using System.Text;

using Tangelo.Execution.Intermediate;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>
/// Writes rows by INSERT ... SELECT over array parameters, which have the source's types: casts, ON CONFLICT and RETURNING
/// are then what they would be on one PostgreSQL.
/// </summary>
internal sealed class StatementRowWriter : ShardRowWriter
{
    private const uint TextArray = 1009;
    private const int BatchBytes = 4 << 20;

    private readonly InsertSelectPlan _plan;
    private readonly StatementRequest _request;
    private readonly RowSink _sink;
    private readonly ShardRunner _runner;
    private readonly TextArrayBuilder?[] _batches;
    private readonly string _source;
    private readonly uint[] _types;
    private long _count;

    public StatementRowWriter(IExecutionContext context, InsertSelectPlan plan, StatementRequest request, RowSink sink)
    {
        _plan = plan;
        _request = request;
        _sink = sink;
        _runner = new ShardRunner(context);
        _batches = new TextArrayBuilder?[plan.Target.Shards.Length];
        string[] types = [.. plan.SourceColumns.Select(c => c.TypeName), .. plan.CoordinatorDefaults.Select(d => d.TypeName)];
        var names = types.Select((_, i) => $"c{i + 1}").ToList();
        var arrays = names.Select((_, i) => $"${request.Parameters.Count + 1 + i}::pg_catalog.text[]");
        _source = $"(SELECT {string.Join(", ", names.Select((n, i) => Cast(n, types[i])))} FROM ROWS FROM (unnest({string.Join(", ", arrays)})) AS tangelo_rows ({string.Join(", ", names)}))";
        _types = [.. request.ShardTypeCodes, .. Enumerable.Repeat(TextArray, types.Length)];
    }

    /// <inheritdoc/>
    public override ValueTask AddAsync(int shard, ReadOnlyMemory<byte> row, CancellationToken cancellation)
    {
        var batch = _batches[shard] ??= new TextArrayBuilder();
        batch.Add(row.Span);
        return batch.Bytes < BatchBytes ? ValueTask.CompletedTask : FlushAsync(shard, cancellation);
    }

    /// <inheritdoc/>
    public override async ValueTask<long> FinishAsync(CancellationToken cancellation)
    {
        for (var shard = 0; shard < _batches.Length; shard++)
            await FlushAsync(shard, cancellation).ConfigureAwait(false);
        return _count;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var batch in _batches)
            batch?.Dispose();
    }

    // A literal of unknown type in the source has become text there, and converts to the column as text does.
    private static string Cast(string name, string type) => type == "unknown" ? name : $"{name}::{type} AS {name}";

    private async ValueTask FlushAsync(int shard, CancellationToken cancellation)
    {
        if (_batches[shard] is not { Rows: > 0 } batch)
            return;
        var arrays = Enumerable.Range(0, _types.Length - _request.ShardTypeCodes.Length).Select(batch.Column).ToList();
        var parameters = _request.Parameters.Append(arrays);
        var sql = Encoding.UTF8.GetBytes(_plan.Frame.RenderText(shard).Replace(InsertSelectPlan.RowsMarker, _source, StringComparison.Ordinal));
        var tasks = ShardResolver.EveryPlacement(_plan.Target, shard).Select(t => (t, sql)).ToList();
        _count += await _runner.RunTextsAsync(tasks, parameters, _types, write: true, _sink, cancellation).ConfigureAwait(false);
        batch.Reset();
    }
}
