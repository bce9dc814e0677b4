using Tangelo.Planning.Plans;
using Tangelo.Execution.Results;

namespace Tangelo.Execution.Operators;

/// <summary>Takes rows that know their shard, and writes them many at a time.</summary>
internal abstract class ShardRowWriter : IDisposable
{
    /// <summary>
    /// COPY is the fastest way in, but knows neither ON CONFLICT nor RETURNING nor casts: it is taken where the text of
    /// every value is read by the column's type as the assignment would convert it.
    /// </summary>
    public static ShardRowWriter For(IExecutionContext context, InsertSelectPlan plan, StatementRequest request, RowSink sink) =>
        plan.IsPlainInsert && !plan.HasReturning && plan.SourceColumns.Select((c, i) => IsSameText(c.Type.Value, plan.Target.FindColumn(plan.TargetColumns[i])!.Type.Value)).All(same => same)
            ? new CopyRowWriter(context, plan)
            : new StatementRowWriter(context, plan, request, sink);

    /// <summary>Takes a row (a DataRow body, copied before the task completes).</summary>
    public abstract ValueTask AddAsync(int shard, ReadOnlyMemory<byte> row, CancellationToken cancellation);

    /// <summary>Writes what is left and gives the number of rows written in all.</summary>
    public abstract ValueTask<long> FinishAsync(CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract void Dispose();

    private static bool IsSameText(uint from, uint to) =>
        from == to || (IsText(from) && IsText(to)) || (IntegerWidth(from) > 0 && IntegerWidth(to) >= IntegerWidth(from)) || (IntegerWidth(from) > 0 && to == 1700);

    private static bool IsText(uint type) => type is 25 or 1043 or 705;

    private static int IntegerWidth(uint type) => type switch { 21 => 2, 23 => 4, 20 => 8, _ => 0 };
}
