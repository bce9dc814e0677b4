using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Tangelo.Planning.PushDown;
using Tangelo.Sql.Relations;
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
        if (LocksOf(context.Tree) != select.LockingClause.Count)
            return Rejection.Unsupported("row locks of a subquery over several shards are taken by the coordinator");
        if (LocksCopies(context, select))
            return Rejection.Unsupported("row locks of reference tables in a join over several shards are taken by the coordinator") with { Hint = "Name the distributed tables in FOR UPDATE OF." };
        if (select.LimitCount is not null || select.LimitOffset is not null)
        {
            return Ranges(context, select) is { } ranges && select.WithClause is null
                ? LimitedLocks.Plan(context, block, ranges)
                : Rejection.Unsupported("LIMIT over row locks of more than tables is computed by the coordinator");
        }

        return ConcatPlanner.Plan(context, block) is { Plan: not null } concat ? concat : CombinePlanner.Plan(context, block);
    }

    /// <summary>True when a query that one shard of a distributed table answers would lock a row of a reference table on that node only, where nobody looks.</summary>
    internal static bool LocksAnyCopy(PlanContext context, Plan plan) =>
        plan is ShardPlan { Shards.Anchor.IsReplicated: false } && context.Tree.SelectStmt is { } select && LocksCopies(context, select);

    /// <summary>How many clauses lock rows anywhere in a statement.</summary>
    internal static int LocksOf(Node tree)
    {
        var locks = 0;
        TreeWalker.Visit(tree, message =>
        {
            locks += message is LockingClause ? 1 : 0;
            return true;
        });
        return locks;
    }

    // Without OF all tables of FROM are locked, and those of its subqueries.
    private static bool LocksCopies(PlanContext context, SelectStmt select) => select.LockingClause.Select(l => l.LockingClause).Any(l =>
        l.LockedRels.Count == 0
            ? TreeWalker.Any(context.Tree, m => m is RangeVar range && context.TableOf(range) is { IsReplicated: true })
            : l.LockedRels.Any(r => Named(select, r.RangeVar) is not { } range || context.TableOf(range) is not { IsReplicated: false }));

    private static RangeVar? Named(SelectStmt select, RangeVar name)
    {
        RangeVar? found = null;
        foreach (var item in select.FromClause)
        {
            TreeWalker.Visit(item, message =>
            {
                if (message is RangeVar range && range.NameInQuery() == name.Relname)
                    found = range;
                return message is not SelectStmt;
            });
        }

        return found;
    }

    // The tables of a FROM clause that holds nothing else, one that is locked first; null for any other.
    private static List<RangeVar>? Ranges(PlanContext context, SelectStmt select)
    {
        var items = LockedRange.Flatten(select);
        if (items.Exists(i => i.Item.RangeVar is not { } range || context.TableOf(range) is null))
            return null;
        var ranges = items.ConvertAll(i => (Range: i.Item.RangeVar, i.IsNullable));
        var named = select.LockingClause.SelectMany(l => l.LockingClause.LockedRels).Select(r => Named(select, r.RangeVar)).ToList();
        var locked = named.Count > 0 ? ranges.FindAll(r => named.Contains(r.Range)) : ranges;

        // PostgreSQL says what is wrong with a lock on the side of an outer join that may be missing.
        return locked.Count == 0 || locked.Exists(r => r.IsNullable) ? null : [.. locked.Concat(ranges.Except(locked)).Select(r => r.Range)];
    }
}
