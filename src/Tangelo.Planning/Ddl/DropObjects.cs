using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Objects;
using Tangelo.Planning.Ddl.Tables;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl;

/// <summary>DROP of tables, indexes and what hangs on tables; the other kinds go to their own handlers.</summary>
internal static class DropObjects
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var drop = statement.DropStmt;
        return drop.RemoveType switch
        {
            ObjectType.ObjectTable => DropTables(context, RequireTables(context, drop)),
            ObjectType.ObjectMatview => MaterializedViews.Drop(context, drop),
            ObjectType.ObjectIndex => DropIndexes(context, drop),
            ObjectType.ObjectPolicy => DropPolicy(context, statement),
            ObjectType.ObjectTrigger or ObjectType.ObjectRule => Triggers.Drop(context, drop),
            ObjectType.ObjectStatisticExt => Statistics.Drop(context, drop),
            ObjectType.ObjectType or ObjectType.ObjectDomain => Types.Drop(context, drop),
            ObjectType.ObjectSchema => Schemas.Drop(context, drop),
            ObjectType.ObjectExtension => Extensions.Drop(context, drop),
            ObjectType.ObjectFunction or ObjectType.ObjectRoutine or ObjectType.ObjectAggregate => Functions.Drop(context, drop),
            ObjectType.ObjectSequence => DropSequence(context, drop),
            _ => null,
        };
    }

    /// <summary>
    /// The part that drops the shards of a table. CASCADE, for the foreign keys that refer to it: the coordinator has already found that they may go.
    /// </summary>
    public static DdlPart DropShards(ShardTemplate template, DistributedTable table) =>
        new(table, template.Cut($"DROP TABLE IF EXISTS {template.Qualified(table, table.Name)} CASCADE"));

    /// <summary>DROP TABLE, or what of DROP MATERIALIZED VIEW is one on the coordinator.</summary>
    public static DdlPlan? DropTables(DdlContext context, DropStmt drop)
    {
        var found = drop.Objects.Select(o => context.FindTable(Name(o))).OfType<DistributedTable>().Distinct().ToList();
        if (found.Count == 0)
            return null;
        var template = new ShardTemplate(context.Statement.Sql);

        // A partition's shards go when its foreign table goes.
        var tables = found.Where(t => !t.IsPartition).ToList();
        var partitions = drop.Objects.Where(o => context.FindTable(Name(o)) is { IsPartition: true }).ToList();
        var rest = new Node { DropStmt = drop.Clone() };
        foreach (var partition in partitions)
            rest.DropStmt.Objects.Remove(partition);
        return new DdlPlan(
            partitions.Count == 0 ? context.Statement.Text : rest.DropStmt.Objects.Count == 0 ? [] : Encoding.UTF8.GetBytes(DdlText.Write(rest)),
            [.. tables.Select(t => DropShards(template, t))],
            Transactional: true,
            ChangesMetadata: true)
        {
            Before = [.. tables.Select(CoordinatorCalls.ForgetTable), .. Partitions.Drop(drop, partitions)],
            // It then drops tables that stand for the partitions.
            BeforeInFunction = [.. partitions.Select(p => $"CREATE TABLE {DdlContext.Written(Name(p))} ()")],
            CommandTag = "DROP TABLE",
            AtEnd = CoordinatorCalls.ReleaseLocalTables(context.Map),
        };
    }

    private static DropStmt RequireTables(DdlContext context, DropStmt drop)
    {
        if (drop.Objects.Select(o => context.FindTable(Name(o))).FirstOrDefault(t => t is { IsMaterializedView: true }) is { } view)
        {
            throw new PgException(
                SqlState.WrongObjectType, $"\"{view.Name}\" is not a table", hint: "Use DROP MATERIALIZED VIEW to remove a materialized view.");
        }

        return drop;
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

        // On the coordinator an index of a partition has no rows that somebody could be reading.
        var sql = context.Statement.Text;
        var isAtOnce = drop.Concurrent && indexes.TrueForAll(i => i.Table.IsPartition);
        if (isAtOnce)
        {
            var atOnce = drop.Clone();
            atOnce.Concurrent = false;
            sql = Encoding.UTF8.GetBytes(DdlText.Write(new Node { DropStmt = atOnce }));
        }

        return new DdlPlan(sql, parts, Transactional: !drop.Concurrent, ChangesMetadata: false) { NotInBlock = isAtOnce ? "DROP INDEX CONCURRENTLY" : null };
    }

    private static DdlPlan? DropPolicy(DdlContext context, Node statement)
    {
        var names = SyntaxNodes.Strings(statement.DropStmt.Objects[0].List.Items);
        if (context.FindTable(SyntaxNodes.ToRangeVar(names[..^1])) is not { } table)
            return null;
        var template = new ShardTemplate(context.Statement.Sql);
        var part = new DdlPart(
            table,
            template.Cut($"DROP POLICY IF EXISTS {ShardNames.Quote(names[^1])} ON {template.Qualified(table, table.Name)}"));
        return new DdlPlan(context.Statement.Text, [part], Transactional: true, ChangesMetadata: true) { After = [CoordinatorCalls.TableChanged(table)] };
    }

    // The defaults that go with it are the shells' alone, but routers keep them in memory.
    private static DdlPlan? DropSequence(DdlContext context, DropStmt drop) =>
        drop.Behavior != DropBehavior.DropCascade || context.Map.Tables.IsEmpty
            ? null
            : new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: true) { After = [CoordinatorCalls.MetadataTouched] };

    private static RangeVar Name(Node names) => SyntaxNodes.ToRangeVar(SyntaxNodes.Strings(names.List.Items));
}
