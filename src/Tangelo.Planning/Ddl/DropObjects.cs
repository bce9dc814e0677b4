using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl;

/// <summary>DROP of tables, indexes and what hangs on tables. Other kinds have handlers of their own.</summary>
internal static class DropObjects
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var drop = statement.DropStmt;
        return drop.RemoveType switch
        {
            ObjectType.ObjectTable => DropTables(context, drop),
            ObjectType.ObjectIndex => DropIndexes(context, drop),
            _ => null,
        };
    }

    /// <summary>
    /// The part that drops the shards of a table. CASCADE, for the foreign keys that refer to it: the coordinator has already found that they may go.
    /// </summary>
    public static DdlPart DropShards(ShardTemplate template, DistributedTable table) =>
        new(table, template.Cut($"DROP TABLE IF EXISTS {template.Qualified(table, table.Name)} CASCADE"));

    private static DdlPlan? DropTables(DdlContext context, DropStmt drop)
    {
        var tables = drop.Objects.Select(o => context.FindTable(Name(o))).OfType<DistributedTable>().Distinct().ToList();
        if (tables.Count == 0)
            return null;
        var template = new ShardTemplate(context.Statement.Sql);
        return new DdlPlan(
            context.Statement.Text,
            [.. tables.Select(t => DropShards(template, t))],
            Transactional: true,
            ChangesMetadata: true)
        {
            Before = [.. tables.Select(CoordinatorCalls.ForgetTable)],
        };
    }

    private static DdlPlan? DropIndexes(DdlContext context, DropStmt drop)
    {
        var indexes = drop.Objects.Select(o => context.FindIndex(Name(o))).OfType<TableIndex>().ToList();
        if (indexes.Count == 0)
            return null;

        // IF EXISTS: an index that was never finished on some shard must not keep the rest.
        var template = new ShardTemplate(context.Statement.Sql);
        var concurrently = drop.Concurrent ? " CONCURRENTLY" : "";
        var behaviour = drop.Behavior == DropBehavior.DropCascade ? " CASCADE" : "";
        ImmutableArray<DdlPart> parts =
        [
            .. indexes.Select(i => new DdlPart(
                i.Table,
                template.Cut($"DROP INDEX{concurrently} IF EXISTS {template.Qualified(i.Table, i.Name)}{behaviour}"))),
        ];
        return new DdlPlan(context.Statement.Text, parts, Transactional: !drop.Concurrent, ChangesMetadata: false);
    }

    private static RangeVar Name(Node names) => SyntaxNodes.ToRangeVar(SyntaxNodes.Strings(names.List.Items));
}
