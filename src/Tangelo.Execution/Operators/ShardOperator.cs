using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Runs a <see cref="ShardPlan"/>: its rows go on as they come.</summary>
/// <param name="context">The session.</param>
/// <param name="forIntermediate">True when the rows are an intermediate result.</param>
internal sealed class ShardOperator(IExecutionContext context, bool forIntermediate = false)
{
    private readonly ShardRunner _runner = new(context);
    private readonly ShardRunner _exactRunner = new(context, exact: true);
    private readonly ShardResolver _resolver = new(context);
    private readonly WriteLocks _locks = new(context);

    /// <returns>The number for the command tag.</returns>
    public async ValueTask<long> RunAsync(ShardPlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        var write = plan.Writes;
        var tasks = await _resolver.ResolveAsync(plan.Shards, request, plan.Kind, write, cancellation, plan.OnFirstPlacement).ConfigureAwait(false);
        if (write)
            WritesTo(context, tasks.Select(t => t.Group));
        if (write || plan.OnFirstPlacement)
            tasks = await _locks.TakeAsync(plan, tasks, cancellation).ConfigureAwait(false);

        var runner = forIntermediate && !plan.MakesText ? _exactRunner : _runner;
        return await runner.RunAsync(plan.Query, tasks, request.Parameters, request.ShardTypeCodes, write, sink, cancellation).ConfigureAwait(false);
    }

    /// <summary>A write to more than one node needs a transaction even where the client asked for none.</summary>
    public static void WritesTo(IExecutionContext context, IEnumerable<Core.GroupId> groups)
    {
        if (!context.Transaction.IsOpen && groups.Distinct().Skip(1).Any())
            context.OpenImplicitTransaction();
    }
}
