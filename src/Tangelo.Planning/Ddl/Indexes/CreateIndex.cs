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
            return context.OnCoordinator();

        var named = statement.Clone();
        if (create.Idxname.Length == 0)
            named.IndexStmt.Idxname = ChooseName(context, table, create);

        var template = new ShardTemplate(context.Statement.Sql);
        var onShards = named.Clone();
        var shard = onShards.IndexStmt;
        shard.IfNotExists = true;
        shard.Idxname = template.Bare(table, named.IndexStmt.Idxname);
        shard.Relation.Inh = true;
        template.Put(shard.Relation, table);
        foreach (var element in shard.IndexParams)
            SyntaxNodes.Unqualify(element, table);
        SyntaxNodes.Unqualify(shard.WhereClause, table);

        var hides = create.Unique && table.IsPartitioned;

        // Routers keep long names, to know them again in what shards say.
        var isLong = ShardNames.IsLong(named.IndexStmt.Idxname);
        var sql = create.Idxname.Length == 0 ? Encoding.UTF8.GetBytes(DdlText.Write(named)) : context.Statement.Text;
        return new DdlPlan(sql, [new DdlPart(table, template.Build(onShards)), .. Partitions.RenameIndexes(context, table)], Transactional: !create.Concurrent, ChangesMetadata: isLong)
        {
            // PostgreSQL chooses the same name.
            BeforeInFunction = [],
            Before = hides ? [CoordinatorCalls.HidePartitions(table)] : [],
            After = [.. hides ? [CoordinatorCalls.ShowPartitions(table)] : Array.Empty<string>(), .. isLong ? [CoordinatorCalls.MetadataTouched] : Array.Empty<string>()],
            NodeScripts = HasExpressions(create) ? CoordinatorCalls.Dependencies(table) : null,
            AfterFailure = create.Concurrent ? [CoordinatorCalls.IndexFailed(table, named.IndexStmt.Idxname)] : [],
        };
    }

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
