using System.Collections.Immutable;
using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Recursive;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Locking;

/// <summary>
/// Row locks of a SELECT that does not run on the shards as it is: a join off the distribution column, or one that locks rows of reference tables or of the
/// coordinator's. Every locked table needs a key.
/// </summary>
internal static class KeyedLocks
{
    private const string KeyColumn = "tangelo_key";

    /// <summary>The plan, or null when the statement is no such SELECT.</summary>
    internal static KeyedLocksPlan? Plan(PlanContext context)
    {
        if (context.Tree.SelectStmt is not { Op: SetOperation.SetopNone, LockingClause.Count: > 0 } select || select.LimitOption == LimitOption.WithTies
            || context.Facts.Unsteady is not null || context.Facts.Samples || NestedWrites.Any(context.Tree) || LockingPlanner.LocksOf(context.Tree) != select.LockingClause.Count)
            return null;
        if (LockedRange.Of(context, select) is not { Count: > 0 } ranges || !TryReadCut(select, out var limit, out var offset))
            return null;

        var rows = select.Clone();
        rows.LockingClause.Clear();
        if (offset is not null)
            (rows.LimitCount, rows.LimitOffset) = (select is { LimitCount: { } count, LimitOffset: { } skipped } ? RowCount.Sum(count, skipped) : select.LimitCount, null);
        var parameters = context.Request.ParameterTypes.Length;
        var locks = ImmutableArray.CreateBuilder<KeyedLock>();
        foreach (var range in ranges)
        {
            if (range.Columns.Count == 0 || Lock(context, range) is not { } found)
                return null;
            locks.Add(found);
            rows.TargetList.Add(Trees.Target(range.KeyText(), $"{KeyColumn}_{locks.Count}"));
            rows.WhereClause = ConditionList.And(rows.WhereClause, Trees.NotAmong(range.KeyText(), Trees.Parameter(parameters + locks.Count)));
        }

        var request = context.Request with { ParameterTypes = [.. context.Request.ParameterTypes, .. ranges.Select(_ => PgTypes.TextArray)] };
        return PlanOf(request, rows) is { } plan ? new KeyedLocksPlan(plan, locks.ToImmutable(), limit, offset) : null;
    }

    // Rows that OFFSET leaves out are locked, too: the query has to give them.
    private static bool TryReadCut(SelectStmt select, out KeyOperand? limit, out KeyOperand? offset)
    {
        (limit, offset) = (null, null);
        return select.LimitOffset is null || (LimitedLocks.TryRead(select.LimitCount, out limit) && LimitedLocks.TryRead(select.LimitOffset, out offset));
    }

    // SELECT key FROM table WHERE column = ANY ($1) FOR ..., of several columns AND key = ANY ($n)
    private static KeyedLock? Lock(PlanContext context, LockedRange range)
    {
        var select = Trees.Select();
        select.TargetList.Add(Trees.Target(range.KeyText(), KeyColumn));
        select.FromClause.Add(new Node { RangeVar = range.Range.Clone() });
        var types = ImmutableArray.CreateBuilder<Oid>();
        foreach (var (name, type, typeName) in range.Columns)
        {
            types.Add(KeyArray.TypeOf(type));
            select.WhereClause = ConditionList.And(select.WhereClause, Trees.Among(Trees.Column(range.Name, name), KeyArray.Read(types.Count, type, typeName)));
        }

        if (range.Columns.Count > 1)
        {
            types.Add(PgTypes.TextArray);
            select.WhereClause = ConditionList.And(select.WhereClause, Trees.Among(range.KeyText(), Trees.Parameter(types.Count)));
        }

        foreach (var clause in range.Clauses)
        {
            var copy = clause.Clone();
            copy.LockedRels.Clear();
            select.LockingClause.Add(new Node { LockingClause = copy });
        }

        var skips = range.Clauses.Any(c => c.WaitPolicy == LockWaitPolicy.LockWaitSkip) && !range.Clauses.Any(c => c.WaitPolicy == LockWaitPolicy.LockWaitError);
        var plan = PlanOf(context.Request with { ParameterTypes = types.ToImmutable() }, select);
        return plan is ShardPlan or CoordinatorPlan { Reason: CoordinatorReason.Local } ? new KeyedLock(plan, types.ToImmutable(), skips) : null;
    }

    private static Plan? PlanOf(PlanRequest request, SelectStmt select) => PlanContext.PlanPart(request, new Node { SelectStmt = select });
}
