using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>What a distributed table cannot have: triggers, rules, children; and the partitions that it can have.</summary>
internal static class UnsupportedOnTables
{
    public static Plan? CreateTrigger(DdlContext context, Node statement)
    {
        var trigger = statement.CreateTrigStmt;
        if ((context.FindTable(trigger.Relation) ?? context.FindTable(trigger.Constrrel)) is { } table)
            throw Refusal.NotSupported(
                "triggers are not supported on distributed tables",
                $"The rows of \"{table.Name}\" are written on the nodes of its shards.");
        return null;
    }

    public static Plan? CreateRule(DdlContext context, Node statement)
    {
        if (context.FindTable(statement.RuleStmt.Relation) is { } table)
            throw Refusal.NotSupported(
                "rules are not supported on distributed tables",
                $"The rows of \"{table.Name}\" are written on the nodes of its shards.");
        return null;
    }

    public static Plan? CreateTable(DdlContext context, Node statement)
    {
        var create = statement.CreateStmt;
        foreach (var relation in create.InhRelations)
        {
            if (context.FindTable(relation.RangeVar) is not { } parent)
                continue;
            if (create.Partbound is null)
                throw Refusal.NotSupported($"cannot inherit from distributed table \"{parent.Name}\"");
            if (create.Partspec is not null)
                throw Refusal.NotSupported($"cannot create a partition of distributed table \"{parent.Name}\" that is partitioned itself");

            // The coordinator gives the new partition its shards.
            return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: true);
        }

        return null;
    }
}
