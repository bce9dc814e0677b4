using System.Text;
using Tangelo.Catalog;
using Tangelo.Core;
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
        var defaults = await CoordinatorDefaults.ComputeAsync(context, plan.CoordinatorDefaults, plan.Rows.Length, cancellation).ConfigureAwait(false);
        var shards = new int[plan.Rows.Length];
        for (var i = 0; i < shards.Length; i++)
            shards[i] = plan.Table.IsReference ? 0 : await ShardOfAsync(plan, i, defaults, request, cancellation).ConfigureAwait(false);

        var statements = new List<(ShardTask Task, byte[] Sql)>();
        var rowsOf = new List<int[]>();
        foreach (var shard in Enumerable.Range(0, shards.Length).GroupBy(i => shards[i]).OrderBy(g => g.Key))
        {
            var rows = shard.ToArray();
            var sql = Encoding.UTF8.GetBytes(StatementFor(plan, shard.Key, rows, defaults));
            var placements = plan.Table.Shards[shard.Key].Placements;
            for (var p = 0; p < placements.Length; p++)
            {
                statements.Add((new ShardTask(placements[p], shard.Key, CountsRows: p == 0), sql));
                rowsOf.Add(rows);
            }
        }

        ShardOperator.WritesTo(context, statements.Select(s => s.Task.Group));
        if (!plan.HasReturning)
            return await _runner.RunTextsAsync(statements, request.Parameters, request.TypeCodes, write: true, sink, cancellation).ConfigureAwait(false);
        return await RunInOrderAsync(statements, rowsOf, shards.Length, request, sink, cancellation).ConfigureAwait(false);
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

    private async ValueTask<int> ShardOfAsync(
        MultiRowInsertPlan plan, int row, string?[][] defaults, StatementRequest request, CancellationToken cancellation)
    {
        var source = plan.Rows[row];
        var key = source.Key ?? new LiteralKey(defaults[row][source.KeyDefault]);
        return await _resolver.RouteAsync(plan.Table, key, request, cancellation).ConfigureAwait(false)
            ?? throw NullKey(plan);
    }

    private static PgException NullKey(MultiRowInsertPlan plan)
    {
        var column = plan.Table.DistributionColumn!;
        return new PgException(new PgError
        {
            Code = column.NotNull ? SqlState.NotNullViolation : SqlState.NullValueNotAllowed,
            Message = column.NotNull
                ? $"null value in column \"{column.Name}\" of relation \"{plan.Table.Name}\" violates not-null constraint"
                : "cannot perform an INSERT with NULL in the partition column",
            Schema = plan.Table.Schema,
            Table = plan.Table.Name,
            Column = column.Name,
        });
    }

    /// <summary>
    /// RETURNING gives rows in the order of VALUES on one PostgreSQL. Each shard gives its own in order, so they can be merged
    /// back, unless ON CONFLICT left some out.
    /// </summary>
    private async ValueTask<long> RunInOrderAsync(
        List<(ShardTask Task, byte[] Sql)> statements, List<int[]> rowsOf, int rowCount, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        long count = 0;
        var inOrder = new byte[rowCount][];
        var rest = new List<byte[]>();
        for (var i = 0; i < statements.Count; i++)
        {
            var collected = new RowListSink();
            count += await _runner.RunTextsAsync([statements[i]], request.Parameters, request.TypeCodes, write: true, collected, cancellation).ConfigureAwait(false);
            if (!statements[i].Task.CountsRows)
                continue;
            if (collected.Rows.Count == rowsOf[i].Length)
            {
                for (var r = 0; r < collected.Rows.Count; r++)
                    inOrder[rowsOf[i][r]] = collected.Rows[r];
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
