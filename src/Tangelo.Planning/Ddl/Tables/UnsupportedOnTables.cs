using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>What a distributed table cannot have: triggers, rules, children and partitions.</summary>
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
            throw create.Partbound is null
                ? Refusal.NotSupported($"cannot inherit from distributed table \"{parent.Name}\"")
                : Partition(parent);
        }

        return null;
    }

    private static PgException Partition(DistributedTable parent) =>
        Refusal.NotSupported($"cannot create a partition of distributed table \"{parent.Name}\"");
}
