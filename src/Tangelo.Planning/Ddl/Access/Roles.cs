using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Access;

/// <summary>
/// CREATE, ALTER and DROP ROLE and the granting of roles, on all nodes: what a session does there it does under its role. The
/// coordinator's roles are the truth; a node gets what it lacks.
/// </summary>
internal static class Roles
{
    public static Plan? Create(DdlContext context, Node statement)
    {
        // IN ROLE, ROLE and ADMIN name the others whose memberships change.
        var create = statement.CreateRoleStmt;
        var named = create.Options.Where(o => o.DefElem.Defname is "addroleto" or "rolemembers" or "adminmembers")
            .SelectMany(o => o.DefElem.Arg.List.Items);
        return Follow(context, [ShardNames.Literal(create.Role), .. named.Select(Name)]);
    }

    public static Plan? Alter(DdlContext context, Node statement) => Follow(context, [Name(statement.AlterRoleStmt.Role)]);

    public static Plan? GrantOrRevoke(DdlContext context, Node statement)
    {
        var grant = statement.GrantRoleStmt;
        if (grant.IsGrant)
            return Follow(context, [.. grant.GrantedRoles.Select(r => ShardNames.Literal(r.AccessPriv.PrivName)), .. grant.GranteeRoles.Select(Name)]);
        if (!context.Map.Workers.Any())
            return null;
        var roles = grant.GrantedRoles.Select(r => r.AccessPriv.PrivName)
            .Concat(grant.GranteeRoles.Select(r => r.RoleSpec.Rolename).Where(n => n.Length > 0));
        return OnNodes(context, [NodeCommand.When(string.Join(" AND ", roles.Select(NodeCommand.RoleExists)), DdlText.Write(statement))]);
    }

    public static Plan? Drop(DdlContext context, Node statement) => !context.Map.Workers.Any()
        ? null
        : OnNodes(context, [.. statement.DropRoleStmt.Roles.Where(r => r.RoleSpec.Rolename.Length > 0).Select(r => DropOne(r.RoleSpec.Rolename))]);

    public static Plan? Rename(DdlContext context, Node statement) => !context.Map.Workers.Any()
        ? null
        : OnNodes(context, [NodeCommand.When(NodeCommand.RoleExists(statement.RenameStmt.Subname), DdlText.Write(statement))]);

    // Connections that wait in a pool for the role's next statement would stand for nobody when a role of this name comes again.
    private static NodePart DropOne(string role) => new(
        "DO " + ShardNames.Literal(
            $"""
            DECLARE gone oid := (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {ShardNames.Literal(role)});
            BEGIN
                IF gone IS NOT NULL THEN
                    DROP ROLE {ShardNames.Quote(role)};
                    BEGIN
                        PERFORM pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usesysid = gone AND state = 'idle';
                    EXCEPTION WHEN insufficient_privilege THEN
                        NULL;
                    END;
                END IF;
            END
            """));

    private static DdlPlan? Follow(DdlContext context, ImmutableArray<string> roles) => !context.Map.Workers.Any()
        ? null
        : new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: false)
        {
            After = ["SELECT pg_catalog.tangelo_map_roles()"],
            NodeScripts = $"SELECT pg_catalog.unnest(pg_catalog.tangelo_role_commands(ARRAY[{string.Join(", ", roles)}]::pg_catalog.text[]))",
        };

    private static DdlPlan OnNodes(DdlContext context, ImmutableArray<NodePart> nodes) =>
        new(context.Statement.Text, [], Transactional: true, ChangesMetadata: false) { Nodes = nodes };

    /// <summary>SQL for the role's name.</summary>
    private static string Name(Node role) => role.RoleSpec is { } spec ? Name(spec) : "NULL";

    private static string Name(RoleSpec spec) => spec.Roletype switch
    {
        RoleSpecType.RolespecCurrentRole or RoleSpecType.RolespecCurrentUser => "current_user",
        RoleSpecType.RolespecSessionUser => "session_user",
        _ => ShardNames.Literal(spec.Rolename),
    };
}
