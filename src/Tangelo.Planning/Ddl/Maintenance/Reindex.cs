using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Maintenance;

/// <summary>REINDEX of an index, a table, a schema or the database. Catalogs (SYSTEM) are the coordinator's own.</summary>
internal static class Reindex
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var reindex = statement.ReindexStmt;
        var template = new ShardTemplate(context.Statement.Sql);
        DdlPart[] parts = reindex.Kind switch
        {
            ReindexObjectType.ReindexObjectIndex => context.FindIndex(reindex.Relation) is { } index
                ? [Part(template, statement, index.Table, index.Name)]
                : [],
            ReindexObjectType.ReindexObjectTable => context.FindTable(reindex.Relation) is { } table
                ? [Part(template, statement, table, table.Name)]
                : [],
            ReindexObjectType.ReindexObjectSchema =>
                [.. context.Map.Tables.Where(t => t.Schema == reindex.Name).Select(t => Part(template, statement, t, t.Name))],
            ReindexObjectType.ReindexObjectDatabase =>
                [.. context.Map.Tables.Select(t => Part(template, statement, t, t.Name))],
            _ => [],
        };
        if (parts.Length == 0)
            return null;

        var concurrently = reindex.Params.Any(p => p.DefElem.Defname == "concurrently" && Vacuum.IsOn(p.DefElem));

        // PostgreSQL takes the indexes of a partitioned table one by one, each in a transaction of its own. On the coordinator those of a partition have no rows.
        var isAtOnce = reindex.Name.Length == 0 && !parts[0].Table.IsPartitioned;
        var isEmpty = reindex.Name.Length == 0 && parts[0].Table.IsPartition;
        return new DdlPlan(isEmpty ? [] : context.Statement.Text, [.. parts], Transactional: !concurrently && isAtOnce, ChangesMetadata: false)
        {
            CommandTag = "REINDEX",
            NotInBlock = isEmpty && concurrently ? "REINDEX CONCURRENTLY" : null,
            AfterFailure = concurrently && reindex.Kind == ReindexObjectType.ReindexObjectIndex
                ? [CoordinatorCalls.IndexFailed(parts[0].Table, reindex.Relation.Relname)]
                : [],
        };
    }

    private static DdlPart Part(ShardTemplate template, Node statement, DistributedTable table, string name)
    {
        var onShards = statement.Clone();
        var reindex = onShards.ReindexStmt;
        if (reindex.Kind != ReindexObjectType.ReindexObjectIndex)
            reindex.Kind = ReindexObjectType.ReindexObjectTable;
        reindex.Name = "";
        reindex.Relation = SyntaxNodes.ToRangeVar([name]);
        template.Put(reindex.Relation, table, name);
        return new DdlPart(table, template.Build(onShards));
    }
}
