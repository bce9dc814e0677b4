using System.Globalization;
using System.Text.RegularExpressions;

namespace Tangelo.Execution.Explain;

/// <summary>Reads figures out of PostgreSQL's EXPLAIN in any of its formats.</summary>
internal static partial class RemotePlan
{
    /// <summary>The rows that the top node gave, 0 when it does not say.</summary>
    public static long ActualRows(List<string> lines) => (long)(First(lines, ActualRowsPattern()) ?? 0);

    /// <summary>Milliseconds that the statement took, 0 when it does not say.</summary>
    public static double ExecutionTime(List<string> lines) => First(lines, ExecutionTimePattern()) ?? 0;

    private static double? First(List<string> lines, Regex pattern)
    {
        foreach (var line in lines)
        {
            if (pattern.Match(line) is { Success: true } match)
                return double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }

        return null;
    }

    // Text has "(actual time=0.1..0.2 rows=3 loops=1)", the others "Actual Rows" with their own punctuation.
    [GeneratedRegex("(?:\\(actual (?:time=\\S+ )?rows=|^[ -]*[\"<]?Actual[ -]Rows(?:\": |: |>))([0-9.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex ActualRowsPattern();

    [GeneratedRegex("^[ -]*[\"<]?Execution[ -]Time(?:\": |: |>)([0-9.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex ExecutionTimePattern();
}
