using System.Globalization;
using System.Text.RegularExpressions;

namespace Tangelo.Execution.Explain;

/// <summary>
/// The coordinator's plan of a combining query, in which the node that reads the intermediate result gives way to the
/// distributed scan.
/// </summary>
internal static partial class CombinedPlan
{
    /// <summary>What the intermediate result is called where EXPLAIN shows it.</summary>
    public const string SourceName = "remote_scan";

    // What belongs to the node that gives way, and not to the plan around it.
    private static readonly HashSet<string> OfSource =
        ["Node Type", "Function Name", "Relation Name", "Schema", "Alias", "Function Call", "Custom Plan Provider"];

    /// <summary>Text format.</summary>
    public static List<string> Splice(List<string> plan, DistributedScan scan)
    {
        var lines = Clean(plan);
        var at = lines.FindIndex(line => TextNode().IsMatch(line));
        if (at < 0)
        {
            // PostgreSQL has found out that no row is needed.
            var end = lines.FindIndex(1, line => !line.StartsWith(' '));
            lines.InsertRange(end < 0 ? lines.Count : end, TextScanWriter.Nest(TextScanWriter.Write(scan, "", []), 2));
            return lines;
        }

        var match = TextNode().Match(lines[at]);
        var isRoot = !match.Groups["arrow"].Success;
        var column = match.Groups["blanks"].Length;
        var depth = isRoot ? 2 : column + 6;
        var last = at + 1;
        while (last < lines.Count && Indent(lines[last]) >= depth)
            last++;
        var details = lines.GetRange(at + 1, last - at - 1)
            .Where(line => !line.AsSpan().TrimStart().StartsWith("Function Call:", StringComparison.Ordinal))
            .Select(line => line[(depth - 2)..]);
        var node = TextScanWriter.Write(scan, match.Groups["figures"].Value, details.ToList());
        lines.RemoveRange(at, last - at);
        lines.InsertRange(at, isRoot ? node : TextScanWriter.Nest(node, column));
        return lines;
    }

    /// <summary>The structured formats.</summary>
    public static List<string> Splice(List<string> plan, DistributedScan scan, IExplainFormat format)
    {
        var lines = Clean(plan);
        var query = StructuredScanWriter.Query(scan);
        var alias = lines.FindIndex(line => format.LabelOf(line) == "Alias" && format.ValueOf(line) == SourceName);

        // Without that node PostgreSQL has found out that no row is needed: then the tasks stand below the top node.
        var anchor = alias < 0 ? lines.FindIndex(line => format.LabelOf(line) == "Plan") + 1 : alias;

        var indent = Indent(lines[anchor]);
        var first = anchor;
        while (first > 0 && Indent(lines[first - 1]) >= indent)
            first--;
        var last = anchor + 1;
        while (last < lines.Count && Indent(lines[last]) >= indent)
            last++;
        var members = Members(lines.GetRange(first, last - first), indent, format);
        if (alias >= 0)
        {
            members.RemoveAll(m => OfSource.Contains(format.LabelOf(m[0]) ?? ""));
            var at = members.Count(m => format.LabelOf(m[0]) == "Parent Relationship");
            members.Insert(at, format.Write(new ExplainValue("Custom Plan Provider", "Citus Adaptive"), indent / 2));
            members.Insert(0, format.Write(new ExplainValue("Node Type", "Custom Scan"), indent / 2));
        }

        members.Add(format.Write(query, indent / 2));
        var node = format.Join(members);
        if (lines[first].AsSpan().TrimStart(' ').StartsWith("- ", StringComparison.Ordinal))
            node[0] = lines[first][..(indent - 2)] + "- " + node[0][indent..];
        lines.RemoveRange(first, last - first);
        lines.InsertRange(first, node);
        return lines;
    }

    /// <summary>Adds an item to the top node of a plan in a structured format.</summary>
    public static List<string> Add(List<string> plan, ExplainItem item, IExplainFormat format)
    {
        var top = plan.FindIndex(line => format.LabelOf(line) == "Plan") + 1;
        var indent = Indent(plan[top]);
        var end = top;
        while (end < plan.Count && Indent(plan[end]) >= indent)
            end++;
        var members = format.Join([.. Members(plan.GetRange(top, end - top), indent, format), format.Write(item, indent / 2)]);
        return [.. plan[..top], .. members, .. plan[end..]];
    }

    /// <summary>Adds the time before the combining query began to its Execution Time.</summary>
    public static void AddExecutionTime(List<string> lines, double milliseconds)
    {
        var at = lines.FindLastIndex(line => ExecutionTime().IsMatch(line));
        if (at >= 0)
        {
            lines[at] = ExecutionTime().Replace(lines[at], m =>
                m.Groups[1].Value + (double.Parse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture) + milliseconds).ToString("F3", CultureInfo.InvariantCulture));
        }
    }

    // A member is the line with its label, what is indented below it, and the line that closes it.
    private static List<List<string>> Members(List<string> lines, int indent, IExplainFormat format)
    {
        var members = new List<List<string>>();
        foreach (var line in lines)
        {
            if (members.Count == 0 || (Indent(line) == indent && format.LabelOf(line) is not null))
                members.Add([line]);
            else
                members[^1].Add(line);
        }

        return members;
    }

    // Without the names that only Tangelo uses.
    private static List<string> Clean(List<string> plan) =>
    [
        .. plan.Where(line => !CounterLine().IsMatch(line))
            .Select(line => Counter().Replace(InternalName().Replace(line, SourceName), "")),
    ];

    // YAML's dash stands where the indentation of the other members goes on.
    private static int Indent(string line)
    {
        var text = line.AsSpan().TrimStart(' ');
        return line.Length - text.Length + (text.StartsWith("- ", StringComparison.Ordinal) ? 2 : 0);
    }

    [GeneratedRegex("^(?<blanks> *)(?<arrow>->  )?(?:Function|Seq) Scan on (?:\\S+ )?remote_scan(?<figures> +\\(.*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex TextNode();

    [GeneratedRegex("\\b(?:tangelo_rows|tangelo_[0-9a-f]{32})\\b", RegexOptions.CultureInvariant)]
    private static partial Regex InternalName();

    // The column that makes PostgreSQL assume a number of rows, on a line of its own or at the end of a list.
    [GeneratedRegex("^ *(?:- \"|<Item>)remote_scan\\.tangelo_row(?:\"|</Item>)$", RegexOptions.CultureInvariant)]
    private static partial Regex CounterLine();

    [GeneratedRegex(", \"?remote_scan\\.tangelo_row\\b\"?", RegexOptions.CultureInvariant)]
    private static partial Regex Counter();

    [GeneratedRegex("^([ -]*[\"<]?Execution[ -]Time(?:\": |: |>))([0-9.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex ExecutionTime();
}
