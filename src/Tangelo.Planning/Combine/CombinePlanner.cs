using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Visiting;

namespace Tangelo.Planning.Combine;

/// <summary>
/// A SELECT whose rows come up from the shards and are combined by the coordinator: sorted, deduplicated and cut; aggregated in two
/// phases; or, where neither will do, computed from the bare columns.
/// </summary>
internal static class CombinePlanner
{
    internal static PlanResult Plan(PlanContext context, BlockAnalysis block)
    {
        if (NamesOf(context, block) is not { } names)
            return Rejection.Unsupported("the columns of the result are not known");
        if (!block.IsGrouped || block.GroupsAreLocal)
        {
            return block.WindowsAreLocal && !SortsBeforeSets(context, block)
                ? SortedRows.Plan(context, block, names)
                : RowsUp.Plan(context, block, names);
        }

        return TwoPhase.Plan(context, block, names) is { Plan: not null } phases ? phases : RowsUp.Plan(context, block, names);
    }

    // PostgreSQL sorts first and then calls the functions that return sets: the rows of one call stay together and in their order.
    private static bool SortsBeforeSets(PlanContext context, BlockAnalysis block) =>
        block.Select.SortClause.Count > 0
        && block.Select.TargetList.Any(t => TreeWalker.Any(t, m => m is FuncCall call && context.Analyzer.Functions.ReturnsSet(call)));

    // The client's own description counts; a part of another statement has none.
    private static List<string>? NamesOf(PlanContext context, BlockAnalysis block)
    {
        var described = context.Request.ResultColumns;
        if (described.IsDefaultOrEmpty)
            return block.Outputs?.Select(o => o.Name).ToList();
        return block.Outputs is null || block.Outputs.Count == described.Length ? [.. described.Select(c => c.Name)] : null;
    }
}
