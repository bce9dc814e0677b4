using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Maintenance;

/// <summary>CLUSTER of one table, or of all that have been clustered before.</summary>
internal static class ClusterTables
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var cluster = statement.ClusterStmt;
        List<DistributedTable> tables = cluster.Relation is null ? ClusteredBefore(context)
            : context.FindTable(cluster.Relation) is { } named ? [named]
            : [];
        if (tables.Count == 0)
            return null;

        var template = new ShardTemplate(context.Statement.Sql);
        return new DdlPlan(
            context.Statement.Text,
            [.. tables.Select(t => new DdlPart(t, Shards(template, statement, t)))],
            Transactional: cluster.Relation is not null,
            ChangesMetadata: false);
    }

    private static List<DistributedTable> ClusteredBefore(DdlContext context) => context.Map.Tables.IsEmpty
        ? []
        :
        [
            .. context.Ask("SELECT indrelid::pg_catalog.oid FROM pg_catalog.pg_index WHERE indisclustered ORDER BY 1")
                .Select(r => context.Map.Find(new Oid(uint.Parse(r[0]!))))
                .OfType<DistributedTable>(),
        ];

    private static ShardQuery Shards(ShardTemplate template, Node statement, DistributedTable table)
    {
        var onShards = statement.Clone();
        var cluster = onShards.ClusterStmt;
        cluster.Relation = SyntaxNodes.ToRangeVar([table.Name]);
        template.Put(cluster.Relation, table);
        if (cluster.Indexname.Length > 0)
            cluster.Indexname = template.Bare(table, cluster.Indexname);
        return template.Build(onShards);
    }
}
