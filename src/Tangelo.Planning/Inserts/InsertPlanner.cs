using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>
/// INSERT: rows of VALUES go to their shards as they are written; a SELECT runs on the shards where its rows stay on their shard; whatever else
/// is computed first, and its rows are then routed.
/// </summary>
internal static class InsertPlanner
{
    internal static PlanResult Plan(PlanContext context, InsertStmt insert)
    {
        if (context.TableOf(insert.Relation) is not { } table)
            return Rejection.Unsupported("the target is not distributed");
        if (WhyNotInFrame(context, insert, table) is { } why)
            return Rejection.Unsupported(why);
        if (table.IsByValue && GivesNewKey(insert, table))
            throw ByValueWrites.NewKey();
        if (GivesNewKey(insert, table))
            return Rejection.Unsupported("rows move to other shards") with { Moves = table };

        var select = insert.SelectStmt?.SelectStmt;
        if (insert.SelectStmt is not null && select is null)
            return Rejection.Unsupported("this source of rows is not distributed");
        if (table.Method == DistributionMethod.Append && !IsPlainValues(select))
            throw ByValueWrites.InsertSelect();
        if (!IsPlainValues(select))
            return InsertSelectPlanner.Plan(context, insert, table, select!);
        // The one form of VALUES in which PostgreSQL takes it.
        if (select?.ValuesLists.Count == 1 && TreeWalker.Any(select.ValuesLists[0], m => m is FuncCall call && context.Analyzer.Functions.ReturnsSet(call)))
            return Rejection.Unsupported("a function that returns a set makes the rows");
        return insert.WithClause is null
            ? InsertValuesPlanner.Plan(context, insert, table, select)
            : Rejection.Unsupported("WITH on INSERT ... VALUES is not distributed");
    }

    // VALUES with ORDER BY or LIMIT is a query like any other.
    private static bool IsPlainValues(SelectStmt? select) =>
        select is null
        || (select.ValuesLists.Count > 0 && select.SortClause.Count == 0 && select.LimitCount is null && select.LimitOffset is null
            && select.WithClause is null && select.LockingClause.Count == 0);

    // The part of the statement that always runs on the shards.
    private static string? WhyNotInFrame(PlanContext context, InsertStmt insert, DistributedTable table)
    {
        if (insert.Override == OverridingKind.OverridingUserValue)
            return "OVERRIDING USER VALUE is not distributed";
        if (insert.OnConflictClause is { } conflict && CoordinatorDefaults.WhyNotOnShards(table, conflict.TargetList) is { } notThere)
            return notThere;
        foreach (var part in FrameParts(insert))
        {
            var facts = StatementFacts.Of(context.Request, part, context.Analyzer.Functions);
            if (facts.WhyCoordinator is { } why)
                return why;
            if (table.IsReplicated && facts.Unsteady is { } unsteady)
                return $"{unsteady} may differ from copy to copy";
            // Reference tables are on every node, though a copy may read them in an order of its own.
            if (RelationReferences.Collect(part).Any(r => table.IsReplicated || context.Texts.TableOf(r) is not { IsReference: true }))
                return "a subquery over distributed tables in RETURNING or ON CONFLICT is not distributed";
        }

        return null;
    }

    private static IEnumerable<Node> FrameParts(InsertStmt insert)
    {
        foreach (var node in insert.ReturningList)
            yield return node;
        if (insert.OnConflictClause is { } conflict)
            yield return new Node { OnConflictClause = conflict };
    }

    private static bool GivesNewKey(InsertStmt insert, DistributedTable table) =>
        insert.OnConflictClause is { } conflict && table.DistributionColumn is { } key && conflict.TargetList.Any(t => t.ResTarget.Name == key.Name);
}
