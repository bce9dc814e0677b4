using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Objects;

/// <summary>Functions that shards call, in a default, a check, an index or a policy: their nodes have them too.</summary>
internal static class Functions
{
    /// <summary>CREATE OR REPLACE of a function in use.</summary>
    public static Plan? Replace(DdlContext context, Node statement)
    {
        var create = statement.CreateFunctionStmt;
        if (!create.Replace || create.IsProcedure || Users(context, SyntaxNodes.Strings(create.Funcname)) is not { Count: > 0 } tables)
            return null;
        return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: false)
        {
            NodeScripts = CoordinatorCalls.Dependencies(tables),
        };
    }

    /// <summary>DROP FUNCTION ... CASCADE of a function in use: what depends on it goes on the nodes as it does here.</summary>
    public static Plan? Drop(DdlContext context, DropStmt drop)
    {
        if (drop.Behavior != DropBehavior.DropCascade
            || drop.Objects.All(o => Users(context, SyntaxNodes.Strings(o.ObjectWithArgs.Objname)).Count == 0))
            return null;
        var onNodes = new Node { DropStmt = drop.Clone() };
        onNodes.DropStmt.MissingOk = true;
        return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: true)
        {
            Nodes = [new NodePart(DdlText.Write(onNodes))],
            After = [CoordinatorCalls.MetadataTouched],
        };
    }

    /// <summary>
    /// True when a default calls a function of the user's that only the coordinator may call: one that is not immutable may read tables.
    /// Overloads of one name that differ in this are refused.
    /// </summary>
    public static bool MustRunOnCoordinator(DdlContext context, Node? expression)
    {
        foreach (var call in SyntaxNodes.All<FuncCall>(expression))
        {
            var names = SyntaxNodes.Strings(call.Funcname);
            if (names[0] == "pg_catalog" || (names.Length == 1 && context.Functions.Find(names[0]) is not null))
                continue;
            var rows = context.Ask(
                "SELECT DISTINCT p.provolatile <> 'i' AND l.lanname NOT IN ('c', 'internal') FROM pg_catalog.pg_proc p " +
                $"JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE {IsCalled(names)}");
            if (rows.Count > 1)
                throw Refusal.NotSupported(
                    $"cannot use function {names[^1]} in a default of a distributed table",
                    "Some functions of this name are immutable and some are not.");
            if (rows.Count == 1 && rows[0][0] == "t")
                return true;
        }

        return false;
    }

    private static string IsCalled(string[] names) =>
        $"p.proname = {ShardNames.Literal(names[^1])}" + (names.Length > 1
            ? $" AND p.pronamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = {ShardNames.Literal(names[^2])})"
            : "");

    private static List<DistributedTable> Users(DdlContext context, string[] names)
    {
        if (context.Map.Tables.IsEmpty)
            return [];
        var rows = context.Ask(
            "SELECT DISTINCT coalesce(f.adrelid, k.conrelid, i.indrelid, y.polrelid)::pg_catalog.oid FROM pg_catalog.pg_proc p " +
            "JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = p.oid " +
            "LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = d.objid " +
            "LEFT JOIN pg_catalog.pg_constraint k ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = d.objid " +
            "LEFT JOIN pg_catalog.pg_index i ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.indexrelid = d.objid " +
            "LEFT JOIN pg_catalog.pg_policy y ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND y.oid = d.objid " +
            $"WHERE {IsCalled(names)}");
        return [.. rows.Where(r => r[0] is not null).Select(r => context.Map.Find(new Oid(uint.Parse(r[0]!)))).OfType<DistributedTable>()];
    }
}
