using PgQuery;
using Tangelo.Catalog;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Maintenance;

/// <summary>
/// SET CONSTRAINTS. The constraints of the shards have to follow, on every node: it lasts to the transaction's end. A foreign key has the
/// same name on a shard; the constraint of an index carries the shard's number.
/// </summary>
internal static class SetConstraints
{
    private const string Command = "SET CONSTRAINTS";

    public static Plan? Plan(DdlContext context, Node statement)
    {
        if (context.Map.Tables.IsEmpty)
            return null;
        var set = statement.ConstraintsSetStmt;
        var mode = set.Deferred ? "DEFERRED" : "IMMEDIATE";
        return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: false)
        {
            NothingOutsideBlock = Command,
            Nodes = set.Constraints.Count == 0
                ? [new NodePart($"{Command} ALL {mode}")]
                : [.. set.Constraints.Select(c => OneName(c.RangeVar.Schemaname, c.RangeVar.Relname, mode))],
        };
    }

    private static NodePart OneName(string schema, string name, string mode)
    {
        var inSchema = schema.Length == 0 ? "" : $" AND n.nspname = {ShardNames.Literal(schema)}";
        return new NodePart("DO " + ShardNames.Literal(
            $"""
            DECLARE r record;
            BEGIN
                FOR r IN SELECT DISTINCT n.nspname, c.conname
                    FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
                    WHERE c.condeferrable AND {ShardNames.Literal(name)} IN (c.conname, pg_catalog.regexp_replace(c.conname, '_[0-9]+$', '')){inSchema}
                LOOP
                    EXECUTE pg_catalog.format('{Command} %I.%I {mode}', r.nspname, r.conname);
                END LOOP;
            END
            """));
    }
}
