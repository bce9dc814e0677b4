using System.Text;
using Tangelo.Catalog;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Runs a <see cref="MultiRowInsertPlan"/>: the coordinator's defaults first, then one statement per shard.</summary>
internal sealed class MultiRowInsertOperator(IExecutionContext context)
{
    private readonly ShardRunner _runner = new(context);
    private readonly ShardResolver _resolver = new(context);

    public async ValueTask<long> RunAsync(MultiRowInsertPlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        var parts = await OnPlacementsAsync(plan, await SplitAsync(plan, request, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        ShardOperator.WritesTo(context, parts.Select(s => s.Task.Group));

        // Several statements, also where one node runs them all.
        if (parts.Count > 1 && (plan.HasReturning || plan.HasOnConflict))
            context.OpenImplicitTransaction();
        if (plan.HasReturning)
            return await RunInOrderAsync(parts, plan.Rows.Length, request, sink, cancellation).ConfigureAwait(false);
        var statements = parts.ConvertAll(p => (p.Task, p.Sql));
        if (!plan.HasOnConflict || plan.Table.IsReplicated)
            return await _runner.RunTextsAsync(statements, request.Parameters, request.ShardTypeCodes, write: true, sink, cancellation).ConfigureAwait(false);

        // Two batches that meet in some rows would win on one node each: going from node to node in one order, the second waits on the first node.
        long count = 0;
        foreach (var node in statements.GroupBy(s => s.Task.Group).OrderBy(g => g.Key.Value))
            count += await _runner.RunTextsAsync([.. node], request.Parameters, request.ShardTypeCodes, write: true, sink, cancellation).ConfigureAwait(false);
        return count;
    }

    /// <summary>The statement of every shard and placement, and which rows of the client's VALUES it holds. Computes the coordinator's defaults.</summary>
    public async ValueTask<List<InsertPart>> SplitAsync(MultiRowInsertPlan plan, StatementRequest request, CancellationToken cancellation) => await SplitAsync(
        plan, request, await CoordinatorDefaults.ComputeAsync(context, plan.CoordinatorDefaults, plan.Rows.Length, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    /// <summary>The same for a statement that is not going to run: no sequence counts on, and its values are NULL.</summary>
    public ValueTask<List<InsertPart>> SplitForShowAsync(MultiRowInsertPlan plan, StatementRequest request, CancellationToken cancellation) =>
        SplitAsync(plan, request, null, cancellation);

    private async ValueTask<List<InsertPart>> SplitAsync(MultiRowInsertPlan plan, StatementRequest request, string?[][]? computed, CancellationToken cancellation)
    {
        var defaults = computed ?? [.. plan.Rows.Select(_ => new string?[plan.CoordinatorDefaults.Length])];
        var shards = new int[plan.Rows.Length];
        for (var i = 0; i < shards.Length; i++)
            shards[i] = plan.Table.HasOneShard || (computed is null && plan.Rows[i].Key is null) ? 0 : await ShardOfAsync(plan, i, defaults, request, cancellation).ConfigureAwait(false);

        var parts = new List<InsertPart>();
        foreach (var shard in Enumerable.Range(0, shards.Length).GroupBy(i => shards[i]).OrderBy(g => g.Key))
        {
            var rows = shard.ToArray();
            var sql = Encoding.UTF8.GetBytes(StatementFor(plan, shard.Key, rows, defaults));
            parts.AddRange(ShardResolver.EveryPlacement(plan.Table, shard.Key).Select(t => new InsertPart(t, sql, rows)));
        }

        return parts;
    }

    /// <summary>The same parts on the placements that can be reached, whose shards are locked for them.</summary>
    public async ValueTask<List<InsertPart>> OnPlacementsAsync(MultiRowInsertPlan plan, List<InsertPart> parts, CancellationToken cancellation)
    {
        if (!plan.Table.HasCopiesOfShards)
            return parts;
        var table = await ReplicaLocks.TakeAsync(context, plan.Table, parts.Select(p => p.Task.ShardIndex), together: !plan.HasOnConflict, cancellation).ConfigureAwait(false);
        return [.. parts.Where(p => p.Task.CountsRows).SelectMany(p => ShardResolver.EveryPlacement(table, p.Task.ShardIndex).Select(t => p with { Task = t }))];
    }

    private static string StatementFor(MultiRowInsertPlan plan, int shard, int[] rows, string?[][] defaults)
    {
        var values = new StringBuilder();
        foreach (var row in rows)
        {
            values.Append(values.Length == 0 ? "(" : ", (").Append(plan.Rows[row].Values);
            for (var d = 0; d < plan.CoordinatorDefaults.Length; d++)
            {
                if (values[^1] != '(')
                    values.Append(", ");
                values.Append(defaults[row][d] is { } text ? $"{ShardNames.Literal(text)}::{plan.CoordinatorDefaults[d].TypeName}" : "NULL");
            }

            values.Append(')');
        }

        return plan.Frame.RenderText(shard).Replace(MultiRowInsertPlan.RowsMarker, values.ToString(), StringComparison.Ordinal);
    }

    private ValueTask<int> ShardOfAsync(
        MultiRowInsertPlan plan, int row, string?[][] defaults, StatementRequest request, CancellationToken cancellation)
    {
        var source = plan.Rows[row];
        return _resolver.RouteStoredAsync(plan.Table, source.Key ?? new LiteralKey(defaults[row][source.KeyDefault]), request, cancellation);
    }

    /// <summary>
    /// RETURNING gives rows in the order of VALUES on one PostgreSQL. Each shard gives its own in order, so they can be merged
    /// back, unless ON CONFLICT left some out.
    /// </summary>
    private async ValueTask<long> RunInOrderAsync(
        List<InsertPart> parts, int rowCount, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        long count = 0;
        var inOrder = new byte[rowCount][];
        var rest = new List<byte[]>();
        foreach (var part in parts)
        {
            var collected = new RowListSink();
            var affected = await _runner.RunTextsAsync(
                [(part.Task with { CountsRows = true }, part.Sql)], request.Parameters, request.ShardTypeCodes, write: true, collected, cancellation).ConfigureAwait(false);
            if (!part.Task.CountsRows)
                continue;
            count += affected;
            if (collected.Rows.Count == part.Rows.Length)
            {
                for (var r = 0; r < collected.Rows.Count; r++)
                    inOrder[part.Rows[r]] = collected.Rows[r];
            }
            else
            {
                rest.AddRange(collected.Rows);
            }
        }

        foreach (var row in inOrder.Where(r => r is not null).Concat(rest))
            await sink.WriteAsync(row, cancellation).ConfigureAwait(false);
        return count;
    }
}
