using System.Collections.Immutable;
using System.Globalization;
using Tangelo.Execution.Explain;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Recursive;

/// <summary>A part of a query in parts as EXPLAIN shows it.</summary>
/// <param name="Part">What the planner says of it.</param>
/// <param name="Result">Its rows, when it has run.</param>
/// <param name="Plan">Its own plan, in the format that is asked for.</param>
internal sealed record ExplainedSubplan(Subplan Part, IntermediateResult? Result, List<string> Plan)
{
    /// <summary>Text format.</summary>
    public List<string> ToText(ExplainOptions options)
    {
        var split = Part.Split is null ? "" : $", {Part.Split}";
        var costs = options.Costs ? string.Create(CultureInfo.InvariantCulture, $"  (rows={Part.EstimatedRows})") : "";
        List<string> lines = [$"Distributed Subplan {Part.Id}: {Part.Label}{split}{costs}"];
        if (Result is not null)
        {
            var time = options.Timing ? string.Create(CultureInfo.InvariantCulture, $"time=0.000..{Result.Elapsed.TotalMilliseconds:F3} ") : "";
            lines[0] += string.Create(CultureInfo.InvariantCulture, $" (actual {time}rows={Result.Count} loops=1)");
            lines.Add($"  Intermediate Data Size: {TextScanWriter.ByteText(Result.Length)}");
        }

        lines.AddRange(TextScanWriter.Nest(Plan, 2));
        return lines;
    }

    /// <summary>The structured formats.</summary>
    public ExplainObject ToItem(ExplainOptions options)
    {
        var members = ImmutableArray.CreateBuilder<ExplainItem>();
        members.Add(new ExplainValue("Number", $"{Part.Id}", IsText: false));
        members.Add(new ExplainValue("Name", Part.Label));
        if (Part.Split is { } split)
            members.Add(new ExplainValue("Distribution", $"{split}"));
        if (options.Costs)
            members.Add(new ExplainValue("Plan Rows", $"{Part.EstimatedRows}", IsText: false));
        if (Result is not null)
        {
            if (options.Timing)
                members.Add(StructuredScanWriter.Time("Actual Total Time", Result.Elapsed.TotalMilliseconds));
            members.Add(new ExplainValue("Actual Rows", $"{Result.Count}", IsText: false));
            members.Add(new ExplainValue("Intermediate Data Size", TextScanWriter.ByteText(Result.Length)));
        }

        members.Add(new ExplainDocument("Subplan Plan", Plan));
        return new ExplainObject("Subplan", members.ToImmutable());
    }
}
