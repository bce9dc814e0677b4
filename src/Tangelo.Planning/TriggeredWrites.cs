using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.PushDown;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning;

/// <summary>
/// Writes that triggers or rules of a table concern. The coordinator runs them, so PostgreSQL fires the triggers and applies the rules.
/// </summary>
internal static class TriggeredWrites
{
    /// <summary>Null for a statement that no trigger and no rule concerns, and for MERGE, which has ways of its own.</summary>
    internal static Rejection? WhyOnCoordinator(PlanContext context)
    {
        if (context.Tree.MergeStmt is not null || Watched(context) is not { } watched)
            return null;

        // Other writers wait while rows move, or are changed one by one in every copy.
        var moves = watched is { IsReference: true } && (context.Tree.UpdateStmt?.Relation ?? context.Tree.DeleteStmt?.Relation) is { } target
            && context.TableOf(target)?.Relation == watched.Relation ? watched
            : context.Tree.UpdateStmt is null ? null : ModifyPlanner.PlanOnShards(context).Rejection?.Moves;
        return Rejection.Unsupported($"triggers or rules of \"{watched.Name}\" are the coordinator's") with { Moves = moves };
    }

    /// <summary>True for a statement that triggers or rules of a table concern.</summary>
    internal static bool Concern(PlanContext context) => Watched(context) is not null;

    private static DistributedTable? Watched(PlanContext context)
    {
        if (context.Request.HasFiredTriggers || context.Request.Map.WatchesNothing)
            return null;
        DistributedTable? watched = null;
        TreeWalker.Visit(context.Tree, message =>
        {
            if (watched is null && Target(message) is ({ } name, var kinds) && context.TableOf(name) is { } table
                && ((table.Watched & kinds) != 0 || (table.Watched.HasFlag(WatchedWrites.Move) && MayMove(table, message))))
            {
                watched = table;
            }

            return watched is null;
        });
        return watched;
    }

    private static (RangeVar? Name, WatchedWrites Kinds) Target(object message) => message switch
    {
        InsertStmt insert => (insert.Relation, WatchedWrites.Insert | (insert.OnConflictClause is null ? WatchedWrites.None : WatchedWrites.Update)),
        UpdateStmt update => (update.Relation, WatchedWrites.Update),
        DeleteStmt delete => (delete.Relation, WatchedWrites.Delete),
        MergeStmt merge => (merge.Relation, KindsOf(merge)),
        CopyStmt { IsFrom: true } copy => (copy.Relation, WatchedWrites.Insert),
        _ => (null, WatchedWrites.None),
    };

    // ON CONFLICT DO UPDATE moves no rows.
    private static bool MayMove(DistributedTable table, object message) => message switch
    {
        UpdateStmt update => Sets(table, update.TargetList),
        MergeStmt merge => merge.MergeWhenClauses.Any(c => c.MergeWhenClause is { CommandType: CmdType.CmdUpdate } clause && Sets(table, clause.TargetList)),
        _ => false,
    };

    private static bool Sets(DistributedTable table, IEnumerable<Node> targets) =>
        table.PartitionKeys is not { } keys || targets.Any(t => keys.Contains(t.ResTarget.Name));

    private static WatchedWrites KindsOf(MergeStmt merge) => merge.MergeWhenClauses.Aggregate(
        WatchedWrites.None,
        (all, clause) => all | clause.MergeWhenClause.CommandType switch
        {
            CmdType.CmdInsert => WatchedWrites.Insert,
            CmdType.CmdUpdate => WatchedWrites.Update,
            CmdType.CmdDelete => WatchedWrites.Delete,
            _ => WatchedWrites.None,
        });
}
