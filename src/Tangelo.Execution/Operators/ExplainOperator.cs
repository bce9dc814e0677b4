using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution.Explain;
using Tangelo.Execution.Recursive;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;

namespace Tangelo.Execution.Operators;

/// <summary>Runs an <see cref="ExplainPlan"/>: the shards' own plans below the distributed scan, the coordinator's above it.</summary>
internal sealed partial class ExplainOperator(IExecutionContext context, PlanExecutor executor)
{
    private readonly TaskExplainer _tasks = new(context);
    private readonly ShardResolver _resolver = new(context);
    private readonly LinkRunner _link = new(context);

    public async ValueTask RunAsync(ExplainPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        var sink = request.Sink;
        request = request with { Parameters = request.Parameters.WithTextResults(), Sink = NullSink.Instance };
        var lines = await ExplainAsync(plan.Inner, plan, request, cancellation).ConfigureAwait(false);
        using var buffer = new OutputBuffer();
        if (plan.Options.Format == ExplainFormat.Text)
        {
            foreach (var line in lines)
                BackendMessages.TextRow(buffer, line);
        }
        else
        {
            BackendMessages.TextRow(buffer, string.Join('\n', lines));
        }

        await sink.WriteAsync(buffer.Written, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<List<string>> ExplainAsync(Plan inner, ExplainPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        switch (inner)
        {
            case ValuesFirstPlan values:
                var extended = await new ValuesFirstOperator(context).ExtendAsync(values, request, cancellation).ConfigureAwait(false);
                return await ExplainAsync(values.Inner, plan, extended, cancellation).ConfigureAwait(false);
            case CallPlan call:
                await new CallOperator(context).PrepareAsync(call, request, cancellation).ConfigureAwait(false);
                return await ExplainShardsAsync(call.Statement, plan, request, cancellation).ConfigureAwait(false);
            case ShardPlan shards:
                return await ExplainShardsAsync(shards, plan, request, cancellation).ConfigureAwait(false);
            case CombinePlan combine:
                return await ExplainCombineAsync(combine, plan, request, request, cancellation).ConfigureAwait(false);
            case RecursivePlan recursive:
                return await new RecursiveExplainer(context, (part, partPlan, shardRequest, r) => ExplainPartAsync(part, partPlan, shardRequest, r, cancellation))
                    .ExplainAsync(recursive, plan, request, cancellation).ConfigureAwait(false);
            case MultiRowInsertPlan insert:
                var startedAt = Stopwatch.GetTimestamp();
                var split = new MultiRowInsertOperator(context);
                var parts = plan.Options.Analyze
                    ? await split.SplitAsync(insert, request, cancellation).ConfigureAwait(false)
                    : await split.SplitForShowAsync(insert, request, cancellation).ConfigureAwait(false);
                if (plan.Options.Analyze)
                    parts = await split.OnPlacementsAsync(insert, parts, cancellation).ConfigureAwait(false);
                var planning = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
                var scan = await _tasks.ExplainAsync(
                    parts.ConvertAll(p => (p.Task, p.Sql)), plan, request, NullSink.Instance, cancellation).ConfigureAwait(false);
                return Statement(scan, plan, planning);
            case InsertSelectPlan or MergePlan or LockedRowsPlan or KeyedLocksPlan:
                return await ExplainRowsFirstAsync(inner, plan, request, cancellation).ConfigureAwait(false);
            case CoordinatorPlan coordinator:
                return await ExplainCoordinatorAsync(coordinator, plan, request, cancellation).ConfigureAwait(false);
            default:
                throw new PgException(SqlState.InternalError, $"{inner.GetType().Name} cannot be explained");
        }
    }

    private async ValueTask<List<string>> ExplainShardsAsync(ShardPlan shards, ExplainPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var tasks = await TasksAsync(shards, plan.Options, request, cancellation).ConfigureAwait(false);
        var planning = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        var scan = await _tasks.ExplainAsync(tasks, plan, request, NullSink.Instance, cancellation).ConfigureAwait(false);
        return Statement(scan with { OutputNames = [.. plan.OutputNames.Select(ColumnName)] }, plan, planning);
    }

    // A part of a query in parts: what its shards get may have more parameters than the client's statement.
    private async ValueTask<List<string>> ExplainPartAsync(
        Plan part, ExplainPlan plan, StatementRequest shardRequest, StatementRequest request, CancellationToken cancellation) => part switch
        {
            ShardPlan shards => await ExplainShardsAsync(shards, plan, shardRequest, cancellation).ConfigureAwait(false),
            CombinePlan combine => await ExplainCombineAsync(combine, plan, shardRequest, request, cancellation).ConfigureAwait(false),
            _ => await ExplainAsync(part, plan, request, cancellation).ConfigureAwait(false),
        };

    private async ValueTask<List<string>> ExplainCombineAsync(
        CombinePlan combine, ExplainPlan plan, StatementRequest shardRequest, StatementRequest request, CancellationToken cancellation)
    {
        var options = plan.Options;
        var startedAt = Stopwatch.GetTimestamp();
        var tasks = await TasksAsync(combine.Inner, options, shardRequest, cancellation).ConfigureAwait(false);
        await using var rows = new RowSpool();
        var scan = await _tasks.ExplainAsync(tasks, plan, shardRequest, rows, cancellation).ConfigureAwait(false);
        var before = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;

        var answer = new RowListSink();
        if (options.Analyze)
        {
            // VERBOSE would print the rows themselves, which are arguments of a function. The last of two options counts.
            var explain = $"EXPLAIN ({options.Text.Trim('(', ')')}, VERBOSE false) ";
            await new CombineOperator(context).CombineAsync(combine with { CombineSql = explain + combine.CombineSql }, request, rows, answer, cancellation).ConfigureAwait(false);
        }
        else
        {
            var sql = $"EXPLAIN {options.Text} " + combine.CombineSql.Replace(CombinePlan.SourceMarker, EmptySource(combine), StringComparison.Ordinal);
            await _link.RunAsync(sql, request.Parameters, request.TypeCodes, answer, cancellation).ConfigureAwait(false);
        }

        var lines = TaskRowsSink.ReadLines(answer);
        if (options.Analyze)
            CombinedPlan.AddExecutionTime(lines, before);
        return ExplainFormats.For(options.Format) is { } format ? CombinedPlan.Splice(lines, scan, format) : CombinedPlan.Splice(lines, scan);
    }

    private async ValueTask<List<string>> ExplainRowsFirstAsync(Plan inner, ExplainPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        var (node, rows, givesRows) = RowsFirstNode.Of(inner)!.Value;
        var options = plan.Options;
        ScanTiming? timing = null;
        if (options.Analyze)
        {
            var startedAt = Stopwatch.GetTimestamp();
            await executor.RunAsync(inner, request, cancellation).ConfigureAwait(false);
            timing = new ScanTiming(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds, givesRows ? executor.LastRowCount : 0);
        }

        // The source has run already, as part of the whole.
        var source = plan with
        {
            Options = options with
            {
                Analyze = false,
                Timing = false,
                Summary = false,
                Text = $"(COSTS {options.Costs}, VERBOSE {options.Verbose}, FORMAT {options.Format})",
            },
            OutputNames = [],
            Modifies = false,
        };
        var lines = await ExplainAsync(rows, source, RowsFirstNode.ForSource(inner, request), cancellation).ConfigureAwait(false);
        return ExplainFormats.For(options.Format) is { } format
            ? format.WriteStatement([StructuredScanWriter.RowsFirst(node, options, timing, lines), .. Times(options, 0, timing)])
            : [.. TextScanWriter.Write(node, TextScanWriter.Figures(options, 0, timing), lines), .. TextTimes(options, 0, timing)];
    }

    private async ValueTask<List<string>> ExplainCoordinatorAsync(CoordinatorPlan coordinator, ExplainPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        // Planning may call a function that reads over the loopback: what it reads belongs to this statement.
        context.OpenImplicitTransaction();
        var sql = $"EXPLAIN {plan.Options.Text} " + Encoding.UTF8.GetString(coordinator.Sql.Span);
        var answer = new RowListSink();
        await _link.RunAsync(sql, request.Parameters, request.TypeCodes, answer, cancellation).ConfigureAwait(false);
        var lines = TaskRowsSink.ReadLines(answer);
        if (coordinator.Reason == CoordinatorReason.Loopback && plan.Options.Format == ExplainFormat.Text && ReferenceEquals(plan.Inner, coordinator))
            lines.Add($"Distributed Plan: coordinator over the loopback ({coordinator.Why ?? "not distributed"})");
        return lines;
    }

    private async ValueTask<List<(ShardTask Task, byte[] Sql)>> TasksAsync(
        ShardPlan plan, ExplainOptions options, StatementRequest request, CancellationToken cancellation)
    {
        var tasks = await _resolver.ResolveAsync(plan.Shards, request, plan.Kind, plan.Writes, cancellation, plan.OnFirstPlacement).ConfigureAwait(false);
        if (options.Analyze && plan.Writes && plan.Shards.Anchor.HasCopiesOfShards)
            tasks = await new WriteLocks(context).TakeAsync(plan, tasks, cancellation).ConfigureAwait(false);
        return [.. tasks.Select(t => (t, plan.Query.Render(t.ShardIndex)))];
    }

    private static List<string> Statement(DistributedScan scan, ExplainPlan plan, double planning)
    {
        var options = plan.Options;
        return ExplainFormats.For(options.Format) is { } format
            ? format.WriteStatement([StructuredScanWriter.Plan(scan, options), .. Times(options, planning, scan.Timing)])
            : [.. TextScanWriter.Write(scan, TextScanWriter.Figures(options, scan.EstimatedRows, scan.Timing), []), .. TextTimes(options, planning, scan.Timing)];
    }

    private static ImmutableArray<ExplainItem> Times(ExplainOptions options, double planning, ScanTiming? timing)
    {
        if (!options.Summary)
            return [];
        var planned = StructuredScanWriter.Time("Planning Time", planning);
        return timing is { } ran ? [planned, StructuredScanWriter.Time("Execution Time", ran.Milliseconds)] : [planned];
    }

    private static IEnumerable<string> TextTimes(ExplainOptions options, double planning, ScanTiming? timing) =>
        Times(options, planning, timing).Cast<ExplainValue>().Select(t => $"{t.Label}: {t.Value} ms");

    private static string ColumnName(string name) =>
        CombinedPlan.SourceName + "." + (PlainName().IsMatch(name) ? name : ShardNames.Quote(name));

    /// <summary>A FROM item with the columns of the intermediate result and the rows that are assumed for several shards; it is never read.</summary>
    private static string EmptySource(CombinePlan plan)
    {
        var names = plan.Columns.Select(c => ShardNames.Quote(c.Name)).ToList();
        var typed = plan.Columns.Select((c, i) => $"{names[i]} {c.TypeName}");
        return $"(SELECT {string.Join(", ", names)} FROM ROWS FROM (pg_catalog.json_to_recordset('[]') AS ({string.Join(", ", typed)}), "
            + $"pg_catalog.generate_series(1, {TaskExplainer.AssumedRows})) AS {CombinedPlan.SourceName} ({string.Join(", ", names)}, tangelo_row))";
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]*$", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();
}
