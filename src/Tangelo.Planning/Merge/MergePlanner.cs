using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Router;
using Tangelo.Planning.Values;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Merge;

/// <summary>
/// MERGE: on the shards where source and target are joined by the distribution column and every row is inserted on the shard it comes from; otherwise one
/// query over the loopback finds what is to be done, and the shards do it.
/// </summary>
internal static class MergePlanner
{
    internal static PlanResult Plan(PlanContext context, MergeStmt merge)
    {
        if (context.TableOf(merge.Relation) is not { } table)
            return Rejection.Unsupported("the target is not distributed");
        if (table.Method is DistributionMethod.Append or DistributionMethod.Range)
            return Rejection.Unsupported($"\"{table.Name}\" is not distributed by hash");
        var clauses = merge.MergeWhenClauses.Select(w => w.MergeWhenClause).ToList();
        if (NestedWrites.Any(context.Tree) || clauses.Exists(c => c.Override == OverridingKind.OverridingUserValue))
            return Rejection.Unsupported("OVERRIDING USER VALUE and WITH queries that write are not distributed");
        foreach (var clause in clauses)
            CheckIdentity(clause, table);
        var moves = clauses.Exists(c => c.CommandType == CmdType.CmdUpdate && c.TargetList.Any(t => t.ResTarget.Name == table.DistributionColumn?.Name));
        var isWatched = TriggeredWrites.Concern(context);
        return !moves && !isWatched && Shards(context, merge, table, clauses) is { } shards && context.OnShards(shards, StatementKind.Merge) is { Plan: not null } onShards
            ? onShards
            : MergeRows.Plan(context, merge, table, clauses, overLoopback: isWatched || (moves && IsReferredTo(context, table)));
    }

    // A row that moves is deleted and inserted again, and ON DELETE would follow it. The loopback knows how such rows move.
    private static bool IsReferredTo(PlanContext context, DistributedTable table) =>
        context.Ask($"SELECT 1 FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = {table.Relation} LIMIT 1").Count > 0;

    // The shards on which the statement can run as it is, or null.
    private static ShardSelection? Shards(PlanContext context, MergeStmt merge, DistributedTable table, List<MergeWhenClause> clauses)
    {
        if (context.Facts.WhyCoordinator is not null || table.IsReplicated || table.Method != DistributionMethod.Hash
            || StatementValues.Needs(context.Request) || merge.WithClause is not null)
            return null;

        // What the rows come from, as a SELECT with all expressions of the statement.
        var select = Trees.Select();
        var inserts = clauses.Where(c => c.CommandType == CmdType.CmdInsert).ToList();
        select.FromClause.Add(new Node
        {
            JoinExpr = new JoinExpr
            {
                Jointype = clauses.Exists(c => !c.Matched) ? JoinType.JoinLeft : JoinType.JoinInner,
                Larg = merge.SourceRelation.Clone(),
                Rarg = new Node { RangeVar = merge.Relation.Clone() },
                Quals = merge.JoinCondition.Clone(),
            },
        });
        foreach (var clause in inserts)
        {
            if (Target(clause, table) is not { KeyIndex: >= 0 } target || !target.MissingDefaults().IsEmpty || clause.Values.Any(InsertTarget.IsDefault))
                return null;
            select.TargetList.Add(Trees.Target(MergeRows.OfSource(clause.Values[target.KeyIndex], merge.SourceRelation)));
        }

        foreach (var clause in clauses)
        {
            if (clause.CommandType == CmdType.CmdUpdate
                && (CoordinatorDefaults.WhyNotOnShards(table, clause.TargetList) is not null || clause.TargetList.Any(t => t.ResTarget.Val?.MultiAssignRef is not null)))
                return null;
            if (clause.Condition is not null)
                select.TargetList.Add(Trees.Target(clause.Condition.Clone()));
            select.TargetList.Add(clause.Values.Where(v => !InsertTarget.IsDefault(v)).Select(v => Trees.Target(v.Clone())));
            select.TargetList.Add(clause.TargetList.Where(t => t.ResTarget.Val is { } v && !InsertTarget.IsDefault(v)).Select(t => Trees.Target(t.ResTarget.Val.Clone())));
        }

        if (select.TargetList.Count == 0)
            select.TargetList.Add(Trees.Target(Trees.Integer(1)));
        var block = context.Analyzer.AnalyzeSelect(select, null, CommonTables.None);
        var locus = block.Locus;
        if (locus.IsImpossible || !locus.IsSharded || !locus.IsUnion || !Locus.Colocated(table, locus.Anchor!) || block.Outputs is not { } outputs)
            return null;

        // A subquery would have to see all rows, and an inserted row has to stay where it comes from.
        for (var i = 0; i < inserts.Count; i++)
        {
            if (outputs[i].Source is not { } key || !locus.Keys.Contains(key) || key.Type != table.DistributionColumn!.Type)
                return null;
        }

        return ShardSelections.Several(locus);
    }

    /// <summary>The columns that an INSERT clause gives values for.</summary>
    internal static InsertTarget? Target(MergeWhenClause clause, DistributedTable table)
    {
        var insert = new InsertStmt();
        insert.Cols.Add(clause.TargetList);
        return InsertTarget.Of(insert, table, clause.Values.Count) is { } target && target.Columns.Length == clause.Values.Count ? target : null;
    }

    // PostgreSQL's rewriter says this; Describe does not get so far.
    private static void CheckIdentity(MergeWhenClause clause, DistributedTable table)
    {
        if (clause.CommandType == CmdType.CmdInsert && Target(clause, table) is { } target)
        {
            for (var i = 0; i < target.Columns.Length; i++)
            {
                if (!InsertTarget.IsDefault(clause.Values[i]))
                    InsertTarget.RefuseIdentityValue(new InsertStmt { Override = clause.Override }, target.Columns[i]);
            }
        }

        if (clause.CommandType != CmdType.CmdUpdate)
            return;
        foreach (var item in clause.TargetList.Select(t => t.ResTarget))
        {
            if (table.FindColumn(item.Name) is { IsIdentityAlways: true } column && item.Val is not null && !InsertTarget.IsDefault(item.Val))
                throw new PgException(
                    "428C9", $"column \"{column.Name}\" can only be updated to DEFAULT", $"Column \"{column.Name}\" is an identity column defined as GENERATED ALWAYS.");
        }
    }
}
