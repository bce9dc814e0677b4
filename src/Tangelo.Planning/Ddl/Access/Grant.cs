using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Access;

/// <summary>GRANT and REVOKE on tables, on all tables of a schema, and on schemas.</summary>
internal static class Grant
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var grant = statement.GrantStmt;
        if (grant.Objtype == ObjectType.ObjectSchema && grant.Targtype == GrantTargetType.AclTargetObject)
            return OnSchemas(context, statement);
        if (grant.Objtype != ObjectType.ObjectTable)
            return null;

        List<DistributedTable> tables = grant.Targtype switch
        {
            GrantTargetType.AclTargetObject => [.. grant.Objects.Select(o => context.FindTable(o.RangeVar)).OfType<DistributedTable>().Distinct()],
            GrantTargetType.AclTargetAllInSchema => InSchemas(context, SyntaxNodes.Strings(grant.Objects)),
            _ => [],
        };
        if (tables.Count == 0)
            return null;

        var template = new ShardTemplate(context.Statement.Sql);
        return new DdlPlan(
            context.Statement.Text,
            [.. tables.Select(t => new DdlPart(t, Shards(template, statement, t)) { ExceptCoordinator = grant.Targtype == GrantTargetType.AclTargetAllInSchema })],
            Transactional: true,
            ChangesMetadata: false)
        {
            // The roles.
            NodeScripts = CoordinatorCalls.Dependencies(tables),
        };
    }

    private static List<DistributedTable> InSchemas(DdlContext context, string[] schemas) =>
        [.. context.Map.Tables.Where(t => schemas.Contains(t.Schema))];

    private static ShardQuery Shards(ShardTemplate template, Node statement, DistributedTable table)
    {
        var onShards = statement.Clone();
        var grant = onShards.GrantStmt;
        var shard = new Node { RangeVar = SyntaxNodes.ToRangeVar([table.Name]) };
        template.Put(shard.RangeVar, table);
        grant.Targtype = GrantTargetType.AclTargetObject;
        grant.Objects.Clear();
        grant.Objects.Add(shard);
        return template.Build(onShards);
    }

    // A node has the schemas in which it has or had shards.
    private static DdlPlan? OnSchemas(DdlContext context, Node statement)
    {
        var schemas = SyntaxNodes.Strings(statement.GrantStmt.Objects);
        var tables = InSchemas(context, schemas);
        if (context.Map.Nodes.IsEmpty)
            return null;
        return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: false)
        {
            NodeScripts = tables.Count == 0 ? null : CoordinatorCalls.Dependencies(tables),
            Nodes = [.. schemas.Select(s => NodeCommand.When(GranteesExist(statement.GrantStmt, NodeCommand.SchemaExists(s)), OneSchema(statement, s)))],
        };
    }

    private static string GranteesExist(GrantStmt grant, string condition) => string.Join(
        " AND ",
        grant.Grantees.Where(g => g.RoleSpec.Rolename.Length > 0).Select(g => NodeCommand.RoleExists(g.RoleSpec.Rolename)).Prepend(condition));

    private static string OneSchema(Node statement, string schema)
    {
        var one = statement.Clone();
        one.GrantStmt.Objects.Clear();
        one.GrantStmt.Objects.Add(SyntaxNodes.String(schema));
        return DdlText.Write(one);
    }
}
