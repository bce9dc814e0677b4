using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Explain;

/// <summary>The top node of a statement whose rows are found first, and then changed or inserted: what EXPLAIN calls it, and how it goes on.</summary>
internal sealed record RowsFirstNode(string Provider, string MethodLabel, string Method)
{
    /// <summary>Null for any other plan.</summary>
    public static (RowsFirstNode Node, Plan Source, bool GivesRows)? Of(Plan plan) => plan switch
    {
        InsertSelectPlan { Kind: StatementKind.Insert } insert =>
            (new RowsFirstNode("Citus INSERT ... SELECT", "INSERT/SELECT method", "pull to coordinator"), insert.Source, insert.HasReturning),
        InsertSelectPlan change =>
            (new RowsFirstNode($"Tangelo {change.Kind.ToString().ToUpperInvariant()}", "Method", "rows found first, changed on the shards by their key"), change.Source, change.HasReturning),
        MergePlan merge =>
            (new RowsFirstNode("Tangelo MERGE", "Method", merge.OverLoopback is null
                ? "rows found first, changed on the shards" : "rows found first, changed by the coordinator over the loopback"), merge.Source, false),
        _ => null,
    };
}
