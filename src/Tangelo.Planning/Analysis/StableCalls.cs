using System.Globalization;
using Google.Protobuf;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// Calls of users' STABLE and IMMUTABLE functions in UPDATE and DELETE. They read what was there before the statement; called on the coordinator for
/// each row, they would see the rows that the statement has changed before.
/// </summary>
internal static class StableCalls
{
    /// <summary>
    /// The request with parameters in place of calls that have the same value for every row; null when there are none. PostgreSQL, too, may compute such
    /// a call once, and does so when it has to find rows by it.
    /// </summary>
    /// <param name="context">An UPDATE or DELETE.</param>
    /// <param name="wrap">Puts the computation of the values before the plan of the rest.</param>
    internal static PlanRequest? TakeOut(PlanContext context, out Func<Plan, Plan> wrap)
    {
        wrap = plan => plan;
        var calls = Calls(context).Where(c => !UsesRow(c)).ToList();
        if (calls.Count == 0)
            return null;
        var types = TypesOfStable(context, calls);
        var parameters = context.Request.ParameterTypes;
        var values = new List<(string Sql, Oid Type)>();
        var tree = TreeRewriter.Rewrite(context.Tree, node =>
        {
            if (node.NodeCase != Node.NodeOneofCase.FuncCall || !calls.Contains(node.FuncCall) || !types.TryGetValue(NameOf(node.FuncCall), out var type))
                return node.NodeCase == Node.NodeOneofCase.SelectStmt ? node : null;
            values.Add((Deparser.DeparseExpression(node), type.Oid));
            return Casts.To(Trees.Parameter(parameters.Length + values.Count), type.Name);
        });
        if (values.Count == 0 || !Deparser.TryDeparseFaithfully(tree, out var sql))
            return null;
        wrap = plan => new ValuesFirstPlan(plan, "SELECT " + string.Join(", ", values.Select(v => v.Sql)), [.. values.Select(v => v.Type)]);
        return context.Request with
        {
            Statement = SqlParser.ParseOne(sql),
            ParameterTypes = [.. parameters, .. values.Select(v => v.Type)],
        };
    }

    /// <summary>True when such a function may read the table that the statement changes.</summary>
    internal static bool ReadForEachRow(PlanContext context, DistributedTable table) => MayRead(context, Calls(context), [table]);

    /// <summary>True when such a function anywhere in the statement may read one of the tables.</summary>
    internal static bool Read(PlanContext context, IReadOnlyCollection<DistributedTable> tables)
    {
        var calls = new List<FuncCall>();
        TreeWalker.Visit(context.Tree, message =>
        {
            if (message is FuncCall call && !context.Analyzer.Functions.IsKnown(call))
                calls.Add(call);
            return true;
        });
        return tables.Count > 0 && MayRead(context, calls, tables);
    }

    private static bool MayRead(PlanContext context, List<FuncCall> calls, IReadOnlyCollection<DistributedTable> tables)
    {
        var names = string.Join(" OR ", tables.Select(t => $"pg_catalog.strpos(body, {ShardNames.Literal(t.Name)}) > 0"));
        return calls.Count > 0 && context.Ask(
            $"""
            WITH RECURSIVE called AS (
                SELECT p.oid, coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) AS body
                FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
                WHERE p.proname IN ({Literals(calls.Select(NameOf))}) AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
                  AND p.provolatile <> 'v' AND l.lanname NOT IN ('c', 'internal')
                UNION
                SELECT p.oid, coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)
                FROM called JOIN pg_catalog.pg_proc p ON pg_catalog.strpos(called.body, p.proname) > 0
                JOIN pg_catalog.pg_language l ON l.oid = p.prolang
                WHERE p.pronamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
                  AND l.lanname NOT IN ('c', 'internal'))
            SELECT 1 FROM called
            WHERE {names} OR body ~* E'\\mexecute\\M'
               OR EXISTS (SELECT FROM pg_catalog.pg_class v
                   WHERE v.relkind = 'v' AND v.relnamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
                     AND pg_catalog.strpos(body, v.relname) > 0)
            LIMIT 1
            """).Count > 0;
    }

    // RETURNING sees the changed rows anyway, and what stands in FROM is read before.
    private static List<FuncCall> Calls(PlanContext context)
    {
        var found = new List<FuncCall>();
        IEnumerable<IMessage?> places = context.Tree switch
        {
            { UpdateStmt: { } update } => update.TargetList.Cast<IMessage?>().Append(update.WhereClause),
            { DeleteStmt: { } delete } => [delete.WhereClause],
            _ => [],
        };
        foreach (var call in Syntax.OfLevel<FuncCall>(places))
        {
            if (call is { Over: null, AggOrder.Count: 0, AggWithinGroup: false } && !context.Analyzer.Functions.IsKnown(call))
                found.Add(call);
        }

        return found;
    }

    // A function with several signatures is not looked at any further.
    private static Dictionary<string, (Oid Oid, string Name)> TypesOfStable(PlanContext context, IEnumerable<FuncCall> calls) => context.Ask(
        $"""
        SELECT p.proname, min(t.oid::pg_catalog.int8), min(pg_catalog.format_type(t.oid, NULL))
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
        WHERE p.proname IN ({Literals(calls.Select(NameOf))})
        GROUP BY p.proname
        HAVING pg_catalog.count(*) = 1 AND pg_catalog.bool_and(p.provolatile <> 'v' AND p.prokind = 'f' AND NOT p.proretset
            AND t.typtype = 'b' AND t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace)
        """).ToDictionary(r => r[0]!, r => (new Oid(uint.Parse(r[1]!, CultureInfo.InvariantCulture)), r[2]!));

    private static bool UsesRow(FuncCall call) => TreeWalker.Any(new Node { FuncCall = call }, m => m is ColumnRef or SubLink);

    private static string NameOf(FuncCall call) => Syntax.FunctionName(call);

    private static string Literals(IEnumerable<string> names) => string.Join(", ", names.Distinct().Order(StringComparer.Ordinal).Select(ShardNames.Literal));
}
