using Tangelo.Catalog;
using Tangelo.Execution.Explain;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Recursive;

/// <summary>
/// EXPLAIN of a <see cref="RecursivePlan"/>: the rest's own plan with the parts' below its top node. Without ANALYZE nothing runs, and
/// PostgreSQL is told how many rows the planner expects of each part.
/// </summary>
/// <param name="context">The session.</param>
/// <param name="explain">Explains a part: with the parameters of its shards, and with the client's.</param>
internal sealed class RecursiveExplainer(
    IExecutionContext context, Func<Plan, ExplainPlan, StatementRequest, StatementRequest, ValueTask<List<string>>> explain)
{
    private readonly RecursiveOperator _operator = new(context);
    private readonly LinkRunner _link = new(context);

    public async ValueTask<List<string>> ExplainAsync(RecursivePlan plan, ExplainPlan explained, StatementRequest request, CancellationToken cancellation)
    {
        if (!explained.Options.Analyze)
            return await ShowAsync(plan, [], explained, request).ConfigureAwait(false);

        if (plan.Main is not LoopbackWritePlan write)
            return await RunAsync(plan, explained, request, cancellation).ConfigureAwait(false);
        List<string> lines = [];
        await context.WriteOverLoopbackAsync(
            write.Locked,
            async () =>
            {
                lines = await RunAsync(plan, explained, request, cancellation).ConfigureAwait(false);
                return 0;
            },
            cancellation).ConfigureAwait(false);
        return lines;
    }

    private async ValueTask<List<string>> RunAsync(RecursivePlan plan, ExplainPlan explained, StatementRequest request, CancellationToken cancellation)
    {
        await using var results = _operator.Begin(plan);
        await _operator.RunSubplansAsync(plan, request, results, await ResultLimit.ReadAsync(context, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        var main = await AnalyzeAsync(plan.Main, results, explained, request, cancellation).ConfigureAwait(false);
        return Insert(main, await SubplansAsync(plan, [], results, WithoutRunning(explained), request).ConfigureAwait(false), explained.Options);
    }

    private async ValueTask<List<string>> AnalyzeAsync(
        Plan main, IntermediateResults results, ExplainPlan explained, StatementRequest request, CancellationToken cancellation)
    {
        switch (main)
        {
            case ShardPlan shards:
                var (plan, filled, _) = await _operator.FillAsync(shards, request, results, exact: false, cancellation).ConfigureAwait(false);
                return await explain(plan, explained, filled, request).ConfigureAwait(false);
            case CombinePlan combine:
                var (inner, innerRequest, _) = await _operator.FillAsync(combine.Inner, request, results, exact: false, cancellation).ConfigureAwait(false);
                return await explain(combine with { Inner = inner }, explained, innerRequest, request).ConfigureAwait(false);
            default:
                var (sql, rest) = await _operator.FillOnLinkAsync(main, request, results, cancellation).ConfigureAwait(false);
                return WithStrategy(main, await OnLinkAsync(sql, explained, rest, cancellation).ConfigureAwait(false), explained);
        }
    }

    // Nothing runs: every result is a query of the right types that gives no rows, but promises some.
    private async ValueTask<List<string>> ShowAsync(Plan part, IReadOnlyList<Subplan> known, ExplainPlan explained, StatementRequest request)
    {
        string Empty(IntermediatePart hole) => EmptyResult(known.Last(s => s.Id == hole.Id));
        switch (part)
        {
            case ShardPlan shards:
                return await explain(shards with { Query = shards.Query.With(Empty) }, explained, request, request).ConfigureAwait(false);
            case CombinePlan combine:
                var inner = combine.Inner with { Query = combine.Inner.Query.With(Empty) };
                return await explain(combine with { Inner = inner }, explained, request, request).ConfigureAwait(false);
            case RecursivePlan nested:
                var below = await SubplansAsync(nested, known, null, explained, request).ConfigureAwait(false);
                return Insert(await ShowAsync(nested.Main, [.. known, .. nested.Subplans], explained, request).ConfigureAwait(false), below, explained.Options);
            case ResultsPlan rest:
                return await OnLinkAsync(rest.Query.With(Empty).RenderText(0), explained, request, CancellationToken.None).ConfigureAwait(false);
            case LoopbackWritePlan write:
                context.OpenImplicitTransaction();
                var shown = await OnLinkAsync(write.Query.With(Empty).RenderText(0), explained, request, CancellationToken.None).ConfigureAwait(false);
                return WithStrategy(write, shown, explained);
            default:
                return await explain(part, explained, request, request).ConfigureAwait(false);
        }
    }

    private static List<string> WithStrategy(Plan main, List<string> lines, ExplainPlan explained)
    {
        if (main is LoopbackWritePlan write && explained.Options.Format == ExplainFormat.Text)
            lines.Add($"Distributed Plan: coordinator over the loopback, after what it reads has been read ({write.Why})");
        return lines;
    }

    private async ValueTask<List<ExplainedSubplan>> SubplansAsync(
        RecursivePlan plan, IReadOnlyList<Subplan> known, IntermediateResults? results, ExplainPlan explained, StatementRequest request)
    {
        var subplans = new List<ExplainedSubplan>();
        foreach (var subplan in plan.Subplans)
            subplans.Add(new(subplan, results?.Find(subplan.Id), await ShowAsync(subplan.Source, [.. known, .. plan.Subplans], explained, request).ConfigureAwait(false)));
        return subplans;
    }

    private async ValueTask<List<string>> OnLinkAsync(string query, ExplainPlan explained, StatementRequest request, CancellationToken cancellation)
    {
        // VERBOSE would print the rows themselves, which are arguments of a function. The last of two options counts.
        var sql = $"EXPLAIN ({string.Join(", ", new[] { explained.Options.Text.Trim('(', ')'), "VERBOSE false" }.Where(o => o.Length > 0))}) {query}";
        var answer = new RowListSink();
        await _link.RunAsync(sql, request.Parameters, request.TypeCodes, answer, cancellation).ConfigureAwait(false);
        return TaskRowsSink.ReadLines(answer);
    }

    private static string EmptyResult(Subplan subplan)
    {
        var names = string.Join(", ", subplan.Columns.Select(c => ShardNames.Quote(c.Name)));
        var typed = string.Join(", ", subplan.Columns.Select(c => $"{ShardNames.Quote(c.Name)} {c.TypeName}"));
        return $"(SELECT {names} FROM ROWS FROM (pg_catalog.json_to_recordset('[]') AS ({typed}), "
            + $"pg_catalog.generate_series(1, {Math.Max(1, subplan.EstimatedRows / (subplan.Split?.Parts ?? 1))})) AS intermediate_result ({names}, tangelo_number))";
    }

    // The parts go below the top node: in text before what it says of its own.
    private static List<string> Insert(List<string> plan, List<ExplainedSubplan> subplans, ExplainOptions options)
    {
        if (ExplainFormats.For(options.Format) is { } format)
            return CombinedPlan.Add(plan, new ExplainList("Distributed Subplans", [.. subplans.Select(s => s.ToItem(options))]), format);
        plan.InsertRange(Math.Min(1, plan.Count), subplans.SelectMany(s => TextScanWriter.Nest(s.ToText(options), 2)));
        return plan;
    }

    private static ExplainPlan WithoutRunning(ExplainPlan explained) => explained with
    {
        Options = explained.Options with
        {
            Analyze = false,
            Timing = false,
            Summary = false,
            Text = $"(COSTS {explained.Options.Costs}, VERBOSE {explained.Options.Verbose}, FORMAT {explained.Options.Format})",
        },
        OutputNames = [],
    };
}
