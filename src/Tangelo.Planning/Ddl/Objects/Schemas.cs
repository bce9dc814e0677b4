using PgQuery;
using Tangelo.Catalog;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Objects;

/// <summary>
/// DROP SCHEMA and ALTER SCHEMA ... RENAME. Nodes get a schema when a shard needs it; a new one is the coordinator's alone.
/// </summary>
internal static class Schemas
{
    public static Plan? Drop(DdlContext context, DropStmt drop)
    {
        var schemas = SyntaxNodes.Strings(drop.Objects);
        var cascade = drop.Behavior == DropBehavior.DropCascade;
        var tables = cascade ? context.Map.Tables.Where(t => schemas.Contains(t.Schema)).ToList() : [];
        if (tables.Count == 0 && !context.Map.Workers.Any())
            return null;

        var template = new ShardTemplate(context.Statement.Sql);
        return new DdlPlan(
            context.Statement.Text,
            [.. tables.Select(t => DropObjects.DropShards(template, t) with { ExceptCoordinator = true })],
            Transactional: true,
            ChangesMetadata: cascade)
        {
            Before = [.. tables.Select(CoordinatorCalls.ForgetTable)],
            AtEnd = tables.Count > 0 ? CoordinatorCalls.ReleaseLocalTables(context.Map) : [],
            After = cascade ? [CoordinatorCalls.MetadataTouched] : [],
            Nodes = [.. schemas.Select(s => cascade ? new NodePart($"DROP SCHEMA IF EXISTS {ShardNames.Quote(s)} CASCADE") : DropOnNode(s))],
        };
    }

    // A node keeps functions and types that tables once needed; the coordinator has found the schema empty. What else is there is somebody's.
    private static NodePart DropOnNode(string schema)
    {
        var name = ShardNames.Quote(schema);
        var relations = $"SELECT FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.to_regnamespace({ShardNames.Literal(name)}) AND relkind <> 'c'";
        return new NodePart("DO " + ShardNames.Literal(
            $"BEGIN IF EXISTS ({relations}) THEN DROP SCHEMA {name}; ELSE DROP SCHEMA IF EXISTS {name} CASCADE; END IF; END"));
    }

    public static Plan? Rename(DdlContext context, Node statement)
    {
        if (!context.Map.Workers.Any())
            return null;
        var rename = statement.RenameStmt;
        var concernsTables = context.Map.Tables.Any(t => t.Schema == rename.Subname);
        return new DdlPlan(context.Statement.Text, [], Transactional: true, concernsTables)
        {
            Nodes = [NodeCommand.When(NodeCommand.SchemaExists(rename.Subname), DdlText.Write(statement))],
            After = concernsTables ? [CoordinatorCalls.MetadataTouched] : [],
        };
    }
}
