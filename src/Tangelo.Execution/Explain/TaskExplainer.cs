using System.Diagnostics;
using System.Text;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Explain;

/// <summary>Asks the nodes to explain a statement's tasks.</summary>
internal sealed class TaskExplainer(IExecutionContext context)
{
    /// <summary>What PostgreSQL is told about the number of rows that come from several shards.</summary>
    public const int AssumedRows = 100_000;

    private readonly ShardRunner _runner = new(context);

    /// <summary>
    /// Explains the tasks. With ANALYZE a write runs once, in its EXPLAIN, on every placement; a read also runs by itself, for its rows
    /// and their volume.
    /// </summary>
    /// <param name="tasks">Task and statement of each shard and placement.</param>
    /// <param name="plan">Options, and whether the statement writes.</param>
    /// <param name="request">Parameters.</param>
    /// <param name="rows">Takes the rows of a read with ANALYZE.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<DistributedScan> ExplainAsync(
        IReadOnlyList<(ShardTask Task, byte[] Sql)> tasks,
        ExplainPlan plan,
        StatementRequest request,
        RowSink rows,
        CancellationToken cancellation)
    {
        var options = plan.Options;
        var ordered = ShardTask.InOrderOfRows(tasks, t => t.Task).ToList();
        var count = ordered.Count(t => t.Task.CountsRows);
        var (database, all) = await SessionAsync(cancellation).ConfigureAwait(false);
        if (!options.Analyze)
        {
            var shown = ordered.Where(t => t.Task.CountsRows).Take(all ? count : 1).ToList();
            var plans = await AskAsync(shown, write: false, options, request, cancellation).ConfigureAwait(false);
            return new DistributedScan(count, [.. shown.Select((t, i) => Explained(t, plans[i], null, database, options))])
            {
                EstimatedRows = !plan.Modifies && count > 1 ? AssumedRows : 0,
            };
        }

        return plan.Modifies
            ? await AnalyzeWriteAsync(ordered, all, database, options, request, cancellation).ConfigureAwait(false)
            : await AnalyzeReadAsync(ordered, all, database, options, request, rows, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<DistributedScan> AnalyzeReadAsync(
        List<(ShardTask Task, byte[] Sql)> tasks, bool all, string database, ExplainOptions options, StatementRequest request, RowSink rows, CancellationToken cancellation)
    {
        var volumes = new TaskVolumeSink(rows);
        var startedAt = Stopwatch.GetTimestamp();
        await _runner.RunTextsAsync(tasks, request.Parameters.WithTextResults(), request.ShardTypeCodes, write: false, volumes, cancellation).ConfigureAwait(false);
        var timing = new ScanTiming(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds, volumes.Tasks.Sum(t => t.Rows));
        var plans = await AskAsync(tasks, write: false, options, request, cancellation).ConfigureAwait(false);
        var explained = tasks.Select((t, i) => Explained(t, plans[i], volumes.Tasks[i].Bytes, database, options));
        return new DistributedScan(tasks.Count, [.. SlowestFirst(explained).Take(all ? tasks.Count : 1)])
        {
            EstimatedRows = tasks.Count > 1 ? AssumedRows : 0,
            Timing = timing,
            ReceivedBytes = volumes.Tasks.Sum(t => t.Bytes),
        };
    }

    private async ValueTask<DistributedScan> AnalyzeWriteAsync(
        List<(ShardTask Task, byte[] Sql)> tasks, bool all, string database, ExplainOptions options, StatementRequest request, CancellationToken cancellation)
    {
        ShardOperator.WritesTo(context, tasks.Select(t => t.Task.Group));
        var startedAt = Stopwatch.GetTimestamp();
        var plans = await AskAsync(tasks, write: true, options, request, cancellation).ConfigureAwait(false);
        var elapsed = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        var counted = tasks.Select((t, i) => (Task: t, Plan: plans[i])).Where(t => t.Task.Task.CountsRows).ToList();
        var explained = counted.Select(t => Explained(t.Task, t.Plan, null, database, options));
        return new DistributedScan(counted.Count, [.. SlowestFirst(explained).Take(all ? counted.Count : 1)])
        {
            Timing = new ScanTiming(elapsed, counted.Sum(t => RemotePlan.ActualRows(t.Plan))),
        };
    }

    private async ValueTask<List<List<string>>> AskAsync(
        List<(ShardTask Task, byte[] Sql)> tasks, bool write, ExplainOptions options, StatementRequest request, CancellationToken cancellation)
    {
        var prefix = Encoding.UTF8.GetBytes($"EXPLAIN {options.Text} ");

        // Every placement's answer counts here: it is its plan.
        var texts = tasks.ConvertAll(t => (t.Task with { CountsRows = true }, (byte[])[.. prefix, .. t.Sql]));
        var answers = new TaskRowsSink();
        await _runner.RunTextsAsync(texts, request.Parameters.WithTextResults(), request.ShardTypeCodes, write, answers, cancellation).ConfigureAwait(false);
        return answers.Tasks;
    }

    private ExplainedTask Explained((ShardTask Task, byte[] Sql) task, List<string> plan, long? bytes, string database, ExplainOptions options)
    {
        var node = context.Map.Primary(task.Task.Group);
        var place = node is null ? $"group={task.Task.Group}" : $"host={node.Host} port={node.Port}";
        return new ExplainedTask($"{place} dbname={database}", options.Verbose ? Encoding.UTF8.GetString(task.Sql) : null, bytes, plan);
    }

    private static IEnumerable<ExplainedTask> SlowestFirst(IEnumerable<ExplainedTask> tasks) =>
        tasks.OrderByDescending(t => RemotePlan.ExecutionTime(t.Plan));

    private async ValueTask<(string Database, bool AllTasks)> SessionAsync(CancellationToken cancellation)
    {
        const string Sql = "SELECT pg_catalog.current_database(), pg_catalog.current_setting('citus.explain_all_tasks', true)";
        var rows = await context.QueryLinkAsync(Sql, cancellation).ConfigureAwait(false);
        return (rows[0][0]!, rows[0][1]?.ToLowerInvariant() is "on" or "true" or "yes" or "1");
    }
}
