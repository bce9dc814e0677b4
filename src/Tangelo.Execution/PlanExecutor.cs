using Tangelo.Core;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Recursive;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution;

/// <summary>Runs plans for one session: an operator for each member of the family.</summary>
public sealed class PlanExecutor(IExecutionContext context)
{
    private readonly ShardOperator _shards = new(context);
    private readonly CallOperator _calls = new(context);
    private readonly CombineOperator _combine = new(context);
    private readonly RecursiveOperator _recursive = new(context);
    private readonly ValuesFirstOperator _values = new(context);
    private readonly LockedRowsOperator _lockedRows = new(context);
    private readonly MultiRowInsertOperator _multiRowInsert = new(context);
    private readonly InsertSelectOperator _insertSelect = new(context);
    private readonly MergeOperator _merge = new(context);
    private readonly CopyToOperator _copyTo = new(context);
    private readonly DdlOperator _ddl = new(context);

    /// <summary>Runs a plan; rows go to the request's sink.</summary>
    /// <returns>The command tag.</returns>
    /// <exception cref="PgException">What the client is to be told; the caller ends the transaction.</exception>
    public async ValueTask<string> RunAsync(Plan plan, StatementRequest request, CancellationToken cancellation)
    {
        switch (plan)
        {
            case ShardPlan shards:
                return CommandTag.For(shards.Kind, Rows(await _shards.RunAsync(shards, request, request.Sink, cancellation).ConfigureAwait(false)));
            case CallPlan call:
                var rows = Rows(await _calls.RunAsync(call, request, request.Sink, cancellation).ConfigureAwait(false));
                return call.IsProcedure ? "CALL" : CommandTag.For(StatementKind.Select, rows);
            case ValuesFirstPlan values:
                return await RunAsync(values.Inner, await _values.ExtendAsync(values, request, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            case CombinePlan combine:
                return CommandTag.For(StatementKind.Select, Rows(await _combine.RunAsync(combine, request, request.Sink, cancellation).ConfigureAwait(false)));
            case LockedRowsPlan locked:
                return CommandTag.For(StatementKind.Select, Rows(await _lockedRows.RunAsync(locked, request, request.Sink, cancellation).ConfigureAwait(false)));
            case KeyedLocksPlan keyed:
                var given = await new KeyedLocksOperator(context, this).RunAsync(keyed, request, request.Sink, cancellation).ConfigureAwait(false);
                return CommandTag.For(StatementKind.Select, Rows(given));
            case LockedSubqueriesPlan first:
                var extended = await new LockedSubqueriesOperator(context, this).ExtendAsync(first, request, cancellation).ConfigureAwait(false);
                return await RunAsync(first.Inner, extended, cancellation).ConfigureAwait(false);
            case RecursivePlan recursive:
                var done = Rows(await _recursive.RunAsync(recursive, request, request.Sink, cancellation).ConfigureAwait(false));
                return recursive.Main is LoopbackWritePlan { IsUtility: true } ? _recursive.Tag : CommandTag.For(recursive.Kind, done);
            case MultiRowInsertPlan insert:
                return CommandTag.For(StatementKind.Insert, Rows(await _multiRowInsert.RunAsync(insert, request, request.Sink, cancellation).ConfigureAwait(false)));
            case InsertSelectPlan insert:
                return CommandTag.For(insert.Kind, Rows(await _insertSelect.RunAsync(insert, request, request.Sink, cancellation).ConfigureAwait(false)));
            case MergePlan merge:
                return CommandTag.For(StatementKind.Merge, Rows(await _merge.RunAsync(merge, request, cancellation).ConfigureAwait(false)));
            case CopyToPlan copy:
                return $"COPY {Rows(await _copyTo.RunAsync(copy, request, cancellation).ConfigureAwait(false))}";
            case ExplainPlan explain:
                await new ExplainOperator(context, this).RunAsync(explain, request, cancellation).ConfigureAwait(false);
                return "EXPLAIN";
            case DdlPlan ddl:
                return await _ddl.RunAsync(ddl, cancellation).ConfigureAwait(false);
            default:
                throw new PgException(SqlState.InternalError, $"there is no operator for {plan.GetType().Name}");
        }
    }

    /// <summary>Rows of the statement run last.</summary>
    public long LastRowCount { get; private set; }

    private long Rows(long count) => LastRowCount = count;
}
