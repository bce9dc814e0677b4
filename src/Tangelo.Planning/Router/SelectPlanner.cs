using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Locking;
using Tangelo.Planning.Plans;
using Tangelo.Planning.PushDown;

namespace Tangelo.Planning.Router;

/// <summary>SELECT: one shard, or every shard as it is, or every shard and then combined.</summary>
internal static class SelectPlanner
{
    internal static PlanResult Plan(PlanContext context, SelectStmt select)
    {
        if (context.Facts.WhyCoordinator is { } why)
            return Rejection.Unsupported(why);
        if (select.IntoClause is not null)
            return Rejection.Unsupported("SELECT INTO creates its table on the coordinator");

        var block = context.Analyzer.AnalyzeSelect(select, null, CommonTables.None);
        if (block.From.IsImpossible)
            return Rejection.Unsupported(block.From.Why!);
        if (ShardSelections.Single(block.Locus) is { } shard)
            return context.OnShards(context.Facts.Locks ? LockingPlanner.OnFirstCopy(shard) : shard, StatementKind.Select);
        if (!block.From.IsSharded || !block.From.IsUnion)
            return Rejection.Unsupported(block.From.Why ?? "the statement reads no distributed table");
        if (context.Facts.Locks)
            return LockingPlanner.PlanSeveral(context, block);
        return ConcatPlanner.Plan(context, block) is { Plan: not null } concat ? concat : CombinePlanner.Plan(context, block);
    }
}
