using System.Collections.Immutable;
using System.Globalization;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Explain;

/// <summary>Distributed plans in the structured formats, as items.</summary>
internal static class StructuredScanWriter
{
    /// <summary>A scan that stands for itself: the whole plan of a statement.</summary>
    public static ExplainObject Plan(DistributedScan scan, ExplainOptions options)
    {
        var members = Node("Citus Adaptive", options, scan.EstimatedRows, scan.Timing);
        if (!scan.OutputNames.IsEmpty)
            members.Add(new ExplainTexts("Output", scan.OutputNames));
        members.Add(Query(scan));
        return new ExplainObject("Plan", [.. members]);
    }

    /// <summary>A change of rows that its source gives.</summary>
    public static ExplainObject RowsFirst(RowsFirstNode node, ExplainOptions options, ScanTiming? timing, List<string> source)
    {
        var members = Node(node.Provider, options, 0, timing);
        members.Add(new ExplainValue(node.MethodLabel, node.Method));
        members.Add(new ExplainDocument("Select Query", source));
        return new ExplainObject("Plan", [.. members]);
    }

    /// <summary>The tasks of a scan.</summary>
    public static ExplainItem Query(DistributedScan scan)
    {
        var job = ImmutableArray.CreateBuilder<ExplainItem>();
        job.Add(new ExplainValue("Task Count", $"{scan.TaskCount}", IsText: false));
        if (scan.ReceivedBytes is { } bytes)
            job.Add(new ExplainValue("Tuple data received from nodes", TextScanWriter.ByteText(bytes)));
        job.Add(new ExplainValue("Tasks Shown", scan.TasksShown));
        job.Add(new ExplainList("Tasks", [.. scan.Shown.Select(Task)]));
        return new ExplainObject("Distributed Query", [new ExplainObject("Job", job.ToImmutable())]);
    }

    /// <summary>Milliseconds, as PostgreSQL prints them.</summary>
    public static ExplainValue Time(string label, double milliseconds) =>
        new(label, milliseconds.ToString("F3", CultureInfo.InvariantCulture), IsText: false);

    private static ExplainObject Task(ExplainedTask task)
    {
        var members = ImmutableArray.CreateBuilder<ExplainItem>();
        if (task.Query is { } query)
            members.Add(new ExplainValue("Query", query));
        if (task.ReceivedBytes is { } received)
            members.Add(new ExplainValue("Tuple data received from node", TextScanWriter.ByteText(received)));
        members.Add(new ExplainValue("Node", task.Node));
        members.Add(new ExplainDocument("Remote Plan", task.Plan));
        return new ExplainObject("Task", members.ToImmutable());
    }

    private static List<ExplainItem> Node(string provider, ExplainOptions options, long estimatedRows, ScanTiming? timing)
    {
        List<ExplainItem> members =
        [
            new ExplainValue("Node Type", "Custom Scan"),
            new ExplainValue("Custom Plan Provider", provider),
            new ExplainValue("Parallel Aware", "false", IsText: false),
            new ExplainValue("Async Capable", "false", IsText: false),
        ];
        if (options.Costs)
        {
            members.AddRange(
            [
                new ExplainValue("Startup Cost", "0.00", IsText: false),
                new ExplainValue("Total Cost", "0.00", IsText: false),
                new ExplainValue("Plan Rows", $"{estimatedRows}", IsText: false),
                new ExplainValue("Plan Width", "0", IsText: false),
            ]);
        }

        if (timing is not { } ran)
            return members;
        if (options.Timing)
        {
            members.Add(Time("Actual Startup Time", 0));
            members.Add(Time("Actual Total Time", ran.Milliseconds));
        }

        members.Add(new ExplainValue("Actual Rows", $"{ran.Rows}", IsText: false));
        members.Add(new ExplainValue("Actual Loops", "1", IsText: false));
        return members;
    }
}
