using PgQuery;
using Tangelo.Catalog;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Objects;

/// <summary>
/// CREATE, ALTER and DROP EXTENSION, on all nodes. citus is no extension here but Tangelo itself, and plpgsql is everywhere.
/// </summary>
internal static class Extensions
{
    private static readonly HashSet<string> OnCoordinatorOnly = ["citus", "citus_columnar", "plpgsql"];

    public static Plan? Create(DdlContext context, Node statement)
    {
        var create = statement.CreateExtensionStmt;
        if (!Concerns(context, create.Extname))
            return null;

        // In the schema that it got here, which the search path of this session may have chosen.
        var version = create.Options.FirstOrDefault(o => o.DefElem.Defname == "new_version")?.DefElem.Arg.String.Sval;
        var suffix = (version is null ? "" : $" VERSION {ShardNames.Literal(version)}") + " CASCADE";
        return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: false)
        {
            NodeScripts =
                "SELECT c FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace, pg_catalog.unnest(ARRAY[" +
                "CASE WHEN n.nspname !~ '^pg_' THEN pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I', n.nspname) END, " +
                $"pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I', e.extname, n.nspname) || {ShardNames.Literal(suffix)}]) c " +
                $"WHERE c IS NOT NULL AND e.extname = {ShardNames.Literal(create.Extname)}",
        };
    }

    public static Plan? Alter(DdlContext context, Node statement)
    {
        var name = statement.AlterExtensionStmt.Extname;
        return Concerns(context, name)
            ? new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: false)
            {
                Nodes = [NodeCommand.When(Exists(name), DdlText.Write(statement))],
            }
            : null;
    }

    public static Plan? Drop(DdlContext context, DropStmt drop)
    {
        var names = SyntaxNodes.Strings(drop.Objects).Where(n => Concerns(context, n)).ToList();
        if (names.Count == 0)
            return null;

        // With CASCADE the columns of shards go on their nodes as those of the shells do here.
        var cascade = drop.Behavior == DropBehavior.DropCascade;
        return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: cascade)
        {
            Nodes = [.. names.Select(n => new NodePart($"DROP EXTENSION IF EXISTS {ShardNames.Quote(n)}{(cascade ? " CASCADE" : "")}"))],
            After = cascade ? [CoordinatorCalls.MetadataTouched] : [],
        };
    }

    private static bool Concerns(DdlContext context, string name) => context.Map.Workers.Any() && !OnCoordinatorOnly.Contains(name);

    private static string Exists(string name) => $"EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = {ShardNames.Literal(name)})";
}
