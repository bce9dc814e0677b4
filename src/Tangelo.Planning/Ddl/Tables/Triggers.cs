using PgQuery;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>
/// Triggers and rules. They are the coordinator's alone, where an event trigger of Tangelo's follows the change; the router has to know which writes
/// they concern from then on.
/// </summary>
internal static class Triggers
{
    public static Plan? Create(DdlContext context, Node statement)
    {
        var create = statement.CreateTrigStmt;
        if (!create.Isconstraint || context.FindTable(create.Relation) is not { } table)
            return Of(context, create.Relation);
        if (table.IsPartition)
        {
            throw Refusal.NotSupported(
                $"constraint triggers on partition \"{table.Name}\" of a distributed table are not supported", hint: "Use a trigger that is no constraint trigger, or one of the partitioned table.");
        }

        // Partitions are foreign tables, which PostgreSQL gives none.
        return table.IsPartitioned
            ? Of(context, create.Relation)! with { Before = [CoordinatorCalls.HidePartitions(table)], After = [CoordinatorCalls.ShowPartitions(table)] }
            : Of(context, create.Relation);
    }

    public static Plan? CreateRule(DdlContext context, Node statement)
    {
        if (statement.RuleStmt.Event == CmdType.CmdSelect && context.FindTable(statement.RuleStmt.Relation) is { } table)
            throw Refusal.NotSupported($"distributed table \"{table.Name}\" cannot become a view");
        return Of(context, statement.RuleStmt.Relation);
    }

    public static Plan? Drop(DdlContext context, DropStmt drop) =>
        Of(context, SyntaxNodes.ToRangeVar(SyntaxNodes.Strings(drop.Objects[0].List.Items)[..^1]));

    public static Plan? Rename(DdlContext context, RenameStmt rename) => Of(context, rename.Relation);

    private static DdlPlan? Of(DdlContext context, RangeVar relation) => context.FindTable(relation) is null
        ? null
        : new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: true);
}
