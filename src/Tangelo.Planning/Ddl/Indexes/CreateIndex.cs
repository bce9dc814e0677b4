using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Rules;
using Tangelo.Planning.Ddl.Tables;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Indexes;

/// <summary>CREATE INDEX. An index without a name gets one here, so that the shards' indexes can carry it.</summary>
internal static class CreateIndex
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var create = statement.IndexStmt;
        if (context.FindTable(create.Relation) is not { } table)
            return null;
        if (create.Unique)
            KeyRule.Check(table, [.. create.IndexParams.Select(p => p.IndexElem.Name).Where(n => n.Length > 0)]);

        // PostgreSQL then only says that it is there, even when it belongs to another table.
        if (create.IfNotExists && context.Resolve(IndexName(table, create.Idxname)) is not null)
            return table.IsPartition ? OnPartition(table, new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: false)) : context.OnCoordinator();

        var named = statement.Clone();
        if (create.Idxname.Length == 0)
            named.IndexStmt.Idxname = ChooseName(context, table, create);

        var template = new ShardTemplate(context.Statement.Sql);
        var onShards = named.Clone();
        var shard = onShards.IndexStmt;
        shard.IfNotExists = true;
        shard.Idxname = template.Bare(table, named.IndexStmt.Idxname);

        // ONLY is for partitioned tables: their partitions get indexes one by one.
        var isAlone = table.IsPartitioned && !create.Relation.Inh;
        shard.Relation.Inh = !isAlone;
        template.Put(shard.Relation, table);
        foreach (var element in shard.IndexParams)
            SyntaxNodes.Unqualify(element, table);
        SyntaxNodes.Unqualify(shard.WhereClause, table);

        var descends = table.IsPartitioned && !isAlone;
        var hides = create.Unique && descends;

        // Routers keep long names, to know them again in what shards say.
        var isLong = ShardNames.IsLong(named.IndexStmt.Idxname);
        var sql = create.Idxname.Length == 0 ? Encoding.UTF8.GetBytes(DdlText.Write(named)) : context.Statement.Text;
        var plan = new DdlPlan(
            sql, [new DdlPart(table, template.Build(onShards)), .. isAlone ? [] : Partitions.RenameIndexes(context, table)], Transactional: !create.Concurrent, ChangesMetadata: isLong)
        {
            // PostgreSQL chooses the same name.
            BeforeInFunction = [],
            Before = [.. descends ? [CoordinatorCalls.OpenIndexedPartitions(table)] : Array.Empty<string>(), .. hides ? [CoordinatorCalls.HidePartitions(table)] : Array.Empty<string>()],
            After =
            [
                .. hides ? [CoordinatorCalls.ShowPartitions(table)] : Array.Empty<string>(),
                .. descends ? [CoordinatorCalls.ClosePartitions(table)] : Array.Empty<string>(),
                .. isLong ? [CoordinatorCalls.MetadataTouched] : Array.Empty<string>(),
            ],
            NodeScripts = HasExpressions(create) ? CoordinatorCalls.Dependencies(table) : null,
            AfterFailure = create.Concurrent ? [CoordinatorCalls.IndexFailed(table, named.IndexStmt.Idxname)] : [],
        };
        if (!table.IsPartition)
            return plan;
        if (!create.Concurrent)
            return OnPartition(table, plan);

        // The coordinator has no rows to wait for.
        named.IndexStmt.Concurrent = false;
        return plan with { CoordinatorSql = Encoding.UTF8.GetBytes(CoordinatorCalls.IndexPartition(table, DdlText.Write(named))), ClientTag = "CREATE INDEX", NotInBlock = "CREATE INDEX CONCURRENTLY" };
    }

    private static DdlPlan OnPartition(DistributedTable table, DdlPlan plan) =>
        plan with { Before = [CoordinatorCalls.OpenPartition(table), .. plan.Before], After = [CoordinatorCalls.ClosePartition(table), .. plan.After] };

    private static string ChooseName(DdlContext context, DistributedTable table, IndexStmt create)
    {
        var elements = create.IndexParams.Concat(create.IndexIncludingParams).Select(p => p.IndexElem);
        return new NameChooser(context).Index(table, NameChooser.JoinColumns(ColumnNaming.OfIndex(elements)), "idx", isConstraint: false);
    }

    private static bool HasExpressions(IndexStmt create) =>
        create.WhereClause is not null || create.IndexParams.Any(p => p.IndexElem.Expr is not null || p.IndexElem.Opclass.Count > 0);

    private static RangeVar IndexName(DistributedTable table, string name) =>
        SyntaxNodes.ToRangeVar([table.Schema, name]);
}
