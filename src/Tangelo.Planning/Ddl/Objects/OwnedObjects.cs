using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Objects;

/// <summary>DROP OWNED, and REASSIGN OWNED when a distributed table is among what is owned.</summary>
internal static class OwnedObjects
{
    public static Plan? Drop(DdlContext context, Node statement)
    {
        // Nodes without such a table still have grants to the role.
        var tables = Tables(context, statement.DropOwnedStmt.Roles);
        if (tables.Count == 0 && !context.Map.Workers.Any())
            return null;

        var template = new ShardTemplate(context.Statement.Sql);
        return new DdlPlan(
            context.Statement.Text,
            [.. tables.Select(t => DropObjects.DropShards(template, t) with { ExceptCoordinator = true })],
            Transactional: true,
            ChangesMetadata: tables.Count > 0)
        {
            Before = [.. tables.Select(CoordinatorCalls.ForgetTable)],
            AtEnd = tables.Count > 0 ? CoordinatorCalls.ReleaseLocalTables(context.Map) : [],
            Nodes = [Everywhere(statement, statement.DropOwnedStmt.Roles)],
        };
    }

    public static Plan? Reassign(DdlContext context, Node statement)
    {
        var tables = Tables(context, statement.ReassignOwnedStmt.Roles);
        return tables.Count == 0
            ? null
            : new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: false)
            {
                // They make the new owner where it is missing.
                NodeScripts = CoordinatorCalls.Dependencies(tables),
                Nodes = [Everywhere(statement, statement.ReassignOwnedStmt.Roles)],
            };
    }

    private static NodePart Everywhere(Node statement, IEnumerable<Node> roles) => NodeCommand.When(
        string.Join(" AND ", roles.Where(r => r.RoleSpec.Rolename.Length > 0).Select(r => NodeCommand.RoleExists(r.RoleSpec.Rolename)).Prepend("true")),
        DdlText.Write(statement));

    private static List<DistributedTable> Tables(DdlContext context, IEnumerable<Node> roles)
    {
        if (context.Map.Tables.IsEmpty)
            return [];
        var names = string.Join(", ", roles.Select(r => r.RoleSpec.Roletype switch
        {
            RoleSpecType.RolespecCurrentRole or RoleSpecType.RolespecCurrentUser => "current_user",
            RoleSpecType.RolespecSessionUser => "session_user",
            _ => ShardNames.Literal(r.RoleSpec.Rolename),
        }));
        var rows = context.Ask(
            "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner " +
            $"WHERE c.relkind = 'r' AND r.rolname IN ({names}) ORDER BY 1");
        return [.. rows.Select(r => context.Map.Find(new Oid(uint.Parse(r[0]!)))).OfType<DistributedTable>()];
    }
}
