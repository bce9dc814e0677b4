using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Recursive;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>
/// Runs an <see cref="InsertSelectPlan"/>: the source's rows are all read before the first is written, since the statement must
/// not see its own rows; then each goes to the shard of its key.
/// </summary>
internal sealed class InsertSelectOperator(IExecutionContext context)
{
    private readonly ShardOperator _shards = new(context, forIntermediate: true);
    private readonly CombineOperator _combine = new(context);
    private readonly LinkRunner _link = new(context);
    private readonly ShardResolver _resolver = new(context);

    public async ValueTask<long> RunAsync(InsertSelectPlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        context.OpenImplicitTransaction();

        // Nobody may change a row between the search for it and its change.
        if (plan.Kind != StatementKind.Insert)
            plan = plan with { Target = await TableLocks.TakeAsync(context, plan.Target, cancellation).ConfigureAwait(false) };
        else if (plan.Target.HasCopiesOfShards)
            plan = plan with { Target = await LockCopiesAsync(plan, cancellation).ConfigureAwait(false) };
        await using var rows = new RowSpool();
        var source = request with { Parameters = request.Parameters.WithTextResults() };
        var count = await ReadSourceAsync(plan.Source, source, rows, cancellation).ConfigureAwait(false);

        using var writer = ShardRowWriter.For(context, plan, request, sink);
        var defaults = new DefaultRows(context, plan, count);
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } message)
        {
            var row = await defaults.ExtendAsync(message[5..], cancellation).ConfigureAwait(false);
            var shard = plan.Target.HasOneShard ? 0 : await ShardOfAsync(plan, row, cancellation).ConfigureAwait(false);
            await writer.AddAsync(shard, row, cancellation).ConfigureAwait(false);
        }

        return await writer.FinishAsync(cancellation).ConfigureAwait(false);
    }

    // The shards that rows will come to are not known yet.
    private ValueTask<DistributedTable> LockCopiesAsync(InsertSelectPlan plan, CancellationToken cancellation) => ReplicaLocks.TakeAsync(
        context, plan.Target, Enumerable.Range(0, plan.Target.Shards.Length), together: plan.IsPlainInsert, cancellation);

    private async ValueTask<long> ReadSourceAsync(Plan source, StatementRequest request, RowSpool rows, CancellationToken cancellation)
    {
        switch (source)
        {
            case ShardPlan shards:
                return await _shards.RunAsync(shards, request, rows, cancellation).ConfigureAwait(false);
            case RecursivePlan recursive:
                return await new RecursiveOperator(context).RunAsync(recursive, request, rows, cancellation).ConfigureAwait(false);
            case CombinePlan combine:
                return await _combine.RunAsync(combine, request, rows, cancellation).ConfigureAwait(false);
            case LockedRowsPlan locked:
                return await new LockedRowsOperator(context).RunAsync(locked, request, rows, cancellation).ConfigureAwait(false);
            case KeyedLocksPlan keyed:
                return await new KeyedLocksOperator(context, new PlanExecutor(context)).RunAsync(keyed, request, rows, cancellation).ConfigureAwait(false);
            case CoordinatorPlan coordinator:
                var sql = coordinator.Sql.ToArray();
                return await _link.RunAsync(coordinator, sql, request.Parameters, request.TypeCodes, rows, cancellation).ConfigureAwait(false);
            default:
                throw new PgException(SqlState.InternalError, $"{source.GetType().Name} is no source of rows");
        }
    }

    private ValueTask<int> ShardOfAsync(InsertSelectPlan plan, ReadOnlyMemory<byte> row, CancellationToken cancellation)
    {
        if (plan.KeyIndex < 0)
            return _resolver.RouteStoredAsync(plan.Target, null, binary: false, default, cancellation);

        // A default is written in the column's own type; a value of the source may be of another.
        var type = plan.KeyIndex < plan.SourceColumns.Length ? plan.SourceColumns[plan.KeyIndex].Type : plan.Target.DistributionColumn!.Type;
        return _resolver.RouteStoredAsync(plan.Target, DataRowField.Get(row, plan.KeyIndex), binary: false, type, cancellation);
    }
}
