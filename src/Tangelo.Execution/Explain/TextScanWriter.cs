using System.Globalization;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Explain;

/// <summary>FORMAT TEXT of distributed plans. Every list of lines begins at the left margin with the plan's top node.</summary>
internal static class TextScanWriter
{
    /// <summary>A scan with its tasks; <paramref name="figures"/> is what stands after the node's name.</summary>
    public static List<string> Write(DistributedScan scan, string figures, IEnumerable<string> details)
    {
        List<string> lines = ["Custom Scan (Citus Adaptive)" + figures, .. details];
        if (!scan.OutputNames.IsEmpty)
            lines.Add("  Output: " + string.Join(", ", scan.OutputNames));
        lines.Add($"  Task Count: {scan.TaskCount}");
        if (scan.ReceivedBytes is { } bytes)
            lines.Add($"  Tuple data received from nodes: {ByteText(bytes)}");
        lines.Add($"  Tasks Shown: {scan.TasksShown}");
        foreach (var task in scan.Shown)
        {
            lines.Add("  ->  Task");
            if (task.Query is { } query)
                lines.AddRange(("        Query: " + query).Split('\n'));
            if (task.ReceivedBytes is { } received)
                lines.Add($"        Tuple data received from node: {ByteText(received)}");
            lines.Add("        Node: " + task.Node);
            lines.AddRange(Nest(task.Plan, 8));
        }

        return lines;
    }

    /// <summary>A change of rows that its source gives.</summary>
    public static List<string> Write(RowsFirstNode node, string figures, List<string> source) =>
        [$"Custom Scan ({node.Provider})" + figures, $"  {node.MethodLabel}: {node.Method}", .. Nest(source, 2)];

    /// <summary>What stands after the name of a node that PostgreSQL did not plan.</summary>
    public static string Figures(ExplainOptions options, long estimatedRows, ScanTiming? timing)
    {
        var text = options.Costs ? string.Create(CultureInfo.InvariantCulture, $"  (cost=0.00..0.00 rows={estimatedRows} width=0)") : "";
        if (timing is not { } ran)
            return text;
        return text + " (" + (options.Timing
            ? string.Create(CultureInfo.InvariantCulture, $"actual time=0.000..{ran.Milliseconds:F3} rows={ran.Rows} loops=1)")
            : $"actual rows={ran.Rows} loops=1)");
    }

    /// <summary>A plan as the child of a node, its arrow at a column.</summary>
    public static IEnumerable<string> Nest(IEnumerable<string> plan, int column) =>
        plan.Select((line, i) => new string(' ', i == 0 ? column : column + 4) + (i == 0 ? "->  " : "") + line);

    /// <summary>A number of bytes, as both formats print it.</summary>
    public static string ByteText(long bytes) => $"{bytes} bytes";
}
