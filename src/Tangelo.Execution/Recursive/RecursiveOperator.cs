using System.Diagnostics;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;
using Tangelo.Workers.Transactions;

namespace Tangelo.Execution.Recursive;

/// <summary>Runs a <see cref="RecursivePlan"/>: its parts in their order, each into an intermediate result, and then the rest over those.</summary>
internal sealed class RecursiveOperator(IExecutionContext context)
{
    private readonly ShardRunner _runner = new(context);
    private readonly ShardRunner _exactRunner = new(context, exact: true);
    private readonly ShardResolver _resolver = new(context);
    private readonly CombineOperator _combine = new(context);
    private readonly LinkRunner _link = new(context);
    private readonly WriteLocks _locks = new(context);

    /// <summary>The command tag that PostgreSQL gave, where a statement around a query was run last.</summary>
    public string Tag => _link.Tag;

    /// <param name="plan">What to run.</param>
    /// <param name="request">The client's parameters.</param>
    /// <param name="sink">Takes the rows.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The number of rows.</returns>
    public ValueTask<long> RunAsync(RecursivePlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation) =>
        plan.Main is LoopbackWritePlan write
            ? context.WriteOverLoopbackAsync(write.Locked, () => RunAllAsync(plan, request, sink, cancellation), cancellation)
            : RunAllAsync(plan, request, sink, cancellation);

    private async ValueTask<long> RunAllAsync(RecursivePlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        await using var results = Begin(plan);
        if (plan.Main is LoopbackWritePlan { MakesTable: true })
            context.OpenTransactionForSchemaChange();
        var limit = await ResultLimit.ReadAsync(context, cancellation).ConfigureAwait(false);
        await RunSubplansAsync(plan, request, results, limit, cancellation).ConfigureAwait(false);
        return await RunPartAsync(plan.Main, request, results, limit, sink, forClient: true, cancellation).ConfigureAwait(false);
    }

    /// <summary>Opens the transaction in which all parts run.</summary>
    /// <returns>
    /// What will hold the results. A node that has temporary tables cannot prepare its part of the transaction, so one that writes or may go on to
    /// write gets none.
    /// </returns>
    public IntermediateResults Begin(RecursivePlan plan)
    {
        var onLink = context.LinkIsInBatch ? ResultTables.None : ResultTables.OnLink;
        switch (plan.Main)
        {
            // In READ COMMITTED, as the client asked for: a row that somebody changes meanwhile is changed after that.
            case ShardPlan { Writes: true }:
                context.OpenImplicitTransaction();
                return new IntermediateResults(ResultTables.None);
            case LoopbackWritePlan:
                context.OpenImplicitTransaction();
                return new IntermediateResults(onLink);
            default:
                return new IntermediateResults(context.OpenSnapshot() && onLink != ResultTables.None ? ResultTables.OnNodes | ResultTables.OnLink : ResultTables.None);
        }
    }

    /// <summary>Runs the parts of a plan, but not the rest.</summary>
    public async ValueTask RunSubplansAsync(
        RecursivePlan plan, StatementRequest request, IntermediateResults results, ResultLimit limit, CancellationToken cancellation)
    {
        foreach (var subplan in plan.Subplans)
        {
            var startedAt = Stopwatch.GetTimestamp();
            var result = new IntermediateResult(subplan, asText: plan.Main is LoopbackWritePlan { IsUtility: true });
            var source = request with { Parameters = result.ForSource(request.Parameters) };
            var sink = limit.Around(result.Sink(context));
            results.Add(result);
            result.Count = await RunPartAsync(subplan.Source, source, results, limit, sink, forClient: false, cancellation).ConfigureAwait(false);
            result.Elapsed = Stopwatch.GetElapsedTime(startedAt);
            sink.ThrowIfExceeded();
        }
    }

    private async ValueTask<long> RunPartAsync(
        Plan plan, StatementRequest request, IntermediateResults results, ResultLimit limit, RowSink sink, bool forClient, CancellationToken cancellation)
    {
        switch (plan)
        {
            case ShardPlan shards:
                return await RunShardsAsync(shards, request, results, sink, forClient, cancellation).ConfigureAwait(false);
            case CombinePlan combine:
                await using (var rows = new RowSpool())
                {
                    var inner = request with { Parameters = request.Parameters.WithTextResults() };
                    await RunShardsAsync(combine.Inner, inner, results, rows, forClient: false, cancellation).ConfigureAwait(false);
                    return await _combine.CombineAsync(combine, request, rows, sink, cancellation).ConfigureAwait(false);
                }

            case RecursivePlan recursive:
                await using (var nested = results.Nested())
                {
                    await RunSubplansAsync(recursive, request, nested, limit, cancellation).ConfigureAwait(false);
                    return await RunPartAsync(recursive.Main, request, nested, limit, sink, forClient, cancellation).ConfigureAwait(false);
                }

            case ResultsPlan or LoopbackWritePlan:
                var (sql, filled) = await FillOnLinkAsync(plan, request, results, cancellation).ConfigureAwait(false);
                return await _link.RunAsync(sql, filled.Parameters, filled.TypeCodes, sink, cancellation).ConfigureAwait(false);
            case CoordinatorPlan coordinator:
                return await _link.RunAsync(coordinator, coordinator.Sql.ToArray(), request.Parameters, request.TypeCodes, sink, cancellation).ConfigureAwait(false);
            default:
                throw new Core.PgException(Core.SqlState.InternalError, $"{plan.GetType().Name} is no part of a query");
        }
    }

    private async ValueTask<long> RunShardsAsync(
        ShardPlan plan, StatementRequest request, IntermediateResults results, RowSink sink, bool forClient, CancellationToken cancellation)
    {
        var isExact = !forClient && !plan.MakesText;
        var (filledPlan, filled, tasks) = await FillAsync(plan, request, results, isExact, cancellation).ConfigureAwait(false);
        if (plan.Writes)
            tasks = await _locks.TakeAsync(plan, tasks, cancellation).ConfigureAwait(false);
        return await (isExact ? _exactRunner : _runner).RunAsync(filledPlan.Query, tasks, filled.Parameters, filled.ShardTypeCodes, plan.Writes, sink, cancellation).ConfigureAwait(false);
    }

    /// <summary>The plan without holes, the parameters that go with it, and its tasks.</summary>
    public async ValueTask<(ShardPlan Plan, StatementRequest Request, IReadOnlyList<ShardTask> Tasks)> FillAsync(
        ShardPlan plan, StatementRequest request, IntermediateResults results, bool exact, CancellationToken cancellation)
    {
        var tasks = await _resolver.ResolveAsync(plan.Shards, request, plan.Kind, plan.Writes, cancellation).ConfigureAwait(false);
        var nodes = new List<(Participant Participant, IReadOnlyList<int> Shards)>();
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        settings = exact ? settings.WithExactOutput : settings;
        foreach (var node in tasks.GroupBy(t => t.Group))
            nodes.Add((await context.Transaction.JoinAsync(context.Map, node.Key, settings, plan.Writes, cancellation).ConfigureAwait(false), [.. node.Select(t => t.ShardIndex)]));
        var (query, filled) = await results.FillAsync(
            plan.Query, request, nodes.ConvertAll(n => (n.Participant.Connection, n.Shards)), ResultTables.OnNodes, () => SettleAsync(nodes, cancellation), cancellation).ConfigureAwait(false);
        return (plan with { Query = query }, filled, tasks);
    }

    /// <summary>The text for the coordinator, and the parameters that go with it.</summary>
    public async ValueTask<(string Sql, StatementRequest Request)> FillOnLinkAsync(
        Plan plan, StatementRequest request, IntermediateResults results, CancellationToken cancellation)
    {
        var (text, place) = plan switch
        {
            ResultsPlan rest => (rest.Query, ResultTables.OnLink),
            LoopbackWritePlan write => (write.Query, write.NeedsTables ? ResultTables.OnLink | ResultTables.Always : ResultTables.OnLink),
            _ => throw new Core.PgException(Core.SqlState.InternalError, $"{plan.GetType().Name} does not read results on the coordinator"),
        };
        if (plan is LoopbackWritePlan { IsUtility: true })
            return ((await results.FillFromSettingsAsync(text, _link, cancellation).ConfigureAwait(false)).RenderText(0), request);
        var link = await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
        var (query, filled) = await results.FillAsync(text, request, [(link, [0])], place, () => ValueTask.CompletedTask, cancellation).ConfigureAwait(false);
        return (query.RenderText(0), filled);
    }

    private static async ValueTask SettleAsync(List<(Participant Participant, IReadOnlyList<int> Shards)> nodes, CancellationToken cancellation)
    {
        foreach (var (participant, _) in nodes)
            await participant.Connection.FlushAsync(cancellation).ConfigureAwait(false);
        foreach (var (participant, _) in nodes)
            await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
    }
}
