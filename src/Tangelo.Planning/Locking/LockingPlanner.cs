using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Tangelo.Planning.PushDown;
using Tangelo.Planning.Router;
using Tangelo.Sql.Visiting;

namespace Tangelo.Planning.Locking;

/// <summary>SELECT ... FOR UPDATE and its relatives: the shards lock the rows, in the client's transaction.</summary>
internal static class LockingPlanner
{
    /// <summary>The shard of a query that one shard answers. All who lock a row of a reference table must do so on the same copy, the one that is written first.</summary>
    internal static ShardSelection OnFirstCopy(ShardSelection shard) =>
        shard is ReferenceShard reference ? new FixedShards(reference.Anchor, [0]) : shard;

    /// <summary>The plan for a query over several shards.</summary>
    internal static PlanResult PlanSeveral(PlanContext context, BlockAnalysis block)
    {
        var select = block.Select;
        var locks = 0;
        TreeWalker.Visit(context.Tree, message =>
        {
            locks += message is LockingClause ? 1 : 0;
            return true;
        });
        if (locks != select.LockingClause.Count)
            return Rejection.Unsupported("row locks of a subquery over several shards are taken by the coordinator");
        if (ReadsCopies(context))
            return Rejection.Unsupported("row locks of reference tables in a join over several shards are taken by the coordinator");
        if (select.LimitCount is not null || select.LimitOffset is not null)
        {
            return select.FromClause is [{ RangeVar: { } range }] && context.TableOf(range) is not null && select.WithClause is null
                ? LimitedLocks.Plan(context, block, range)
                : Rejection.Unsupported("LIMIT over row locks of a join is computed by the coordinator");
        }

        return ConcatPlanner.Plan(context, block) is { Plan: not null } concat ? concat : CombinePlanner.Plan(context, block);
    }

    private static bool ReadsCopies(PlanContext context) => TreeWalker.Any(
        context.Tree, message => message is RangeVar range && context.TableOf(range) is { } table && table.IsReplicated);
}
