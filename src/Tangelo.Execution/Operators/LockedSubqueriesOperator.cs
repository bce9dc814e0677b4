using Tangelo.Core;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Runs the subqueries of a <see cref="LockedSubqueriesPlan"/> and adds what they give to the parameters.</summary>
internal sealed class LockedSubqueriesOperator(IExecutionContext context, PlanExecutor executor)
{
    /// <summary>The request for the plan's inner part.</summary>
    /// <exception cref="PgException">21000 when one that stands for a value gives several rows.</exception>
    public async ValueTask<StatementRequest> ExtendAsync(LockedSubqueriesPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        // The locks have to last until the rest has run.
        context.OpenImplicitTransaction();
        var extended = request;
        foreach (var subquery in plan.Subqueries)
        {
            var values = subquery.IsScalar
                ? [await ValueAsync(subquery.Rows, request, cancellation).ConfigureAwait(false)]
                : await ArraysAsync(subquery, request, cancellation).ConfigureAwait(false);
            extended = new StatementRequest(
                extended.Parameters.AppendText(values), [.. extended.ParameterTypes, .. subquery.Types], request.ResultColumns, request.Sink);
        }

        return extended;
    }

    private async ValueTask<ReadOnlyMemory<byte>?> ValueAsync(Plan rows, StatementRequest request, CancellationToken cancellation)
    {
        var sink = new RowListSink();
        await RunAsync(rows, request, sink, cancellation).ConfigureAwait(false);
        return sink.ReadBytes() switch
        {
            [] or [[null]] => default(ReadOnlyMemory<byte>?),
            [[{ } value]] => value,
            _ => throw new PgException("21000", "more than one row returned by a subquery used as an expression"),
        };
    }

    private async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>?>> ArraysAsync(LockedSubquery subquery, StatementRequest request, CancellationToken cancellation)
    {
        using var arrays = new ArraySink();
        await RunAsync(subquery.Rows, request, arrays, cancellation).ConfigureAwait(false);
        return [.. subquery.Types.Select((_, i) => (ReadOnlyMemory<byte>?)(arrays.Arrays.Rows == 0 ? "{}"u8.ToArray() : arrays.Arrays.Column(i).ToArray()))];
    }

    private async ValueTask RunAsync(Plan rows, StatementRequest request, RowSink sink, CancellationToken cancellation) =>
        await executor.RunAsync(rows, request with { Parameters = request.Parameters.WithTextResults(), Sink = sink }, cancellation).ConfigureAwait(false);
}
