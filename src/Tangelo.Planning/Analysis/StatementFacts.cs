using System.Text.RegularExpressions;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Analysis;

/// <summary>What one look over a whole statement tells, before any analysis.</summary>
internal sealed partial record StatementFacts
{
    // Literals that a cast to a date or time reads as the present.
    private static readonly HashSet<string> Moments = new(["now", "today", "tomorrow", "yesterday"], StringComparer.OrdinalIgnoreCase);

    /// <summary>True when anything distributed may be read or written.</summary>
    internal required bool ReachesDistributed { get; init; }

    /// <summary>Why the statement can run on the coordinator only, or null.</summary>
    internal required string? WhyCoordinator { get; init; }

    /// <summary>True with FOR UPDATE or its relatives.</summary>
    internal required bool Locks { get; init; }

    /// <summary>SKIP LOCKED or NOWAIT, which foreign tables forget: they would wait; null without.</summary>
    internal required string? LockWait { get; init; }

    /// <summary>True with TABLESAMPLE, which foreign tables do not have.</summary>
    internal required bool Samples { get; init; }

    /// <summary>A volatile function or one of the present moment: two nodes would compute two values. Null without.</summary>
    internal required string? Unsteady { get; init; }

    /// <summary>Looks at a statement or a part of one.</summary>
    internal static StatementFacts Of(PlanRequest request, Node root, FunctionRules functions)
    {
        var references = RelationReferences.Collect(root);
        var reaches = false;
        var isReplicated = false;
        string? why = null;
        foreach (var reference in references)
        {
            if (!request.Relations.TryGetValue(new RelationName(reference.Schema, reference.Name), out var resolved))
                continue;
            if (request.Map.Find(resolved.Oid) is { } table)
                (reaches, isReplicated) = (true, isReplicated || table.IsReplicated);
            else if (resolved.ReachesDistributed)
                (reaches, why) = (true, why ?? $"\"{resolved.Name}\" is a view or partitioned table over distributed tables");
            else
                why ??= $"\"{resolved.Name}\" is a local relation";
        }

        var (locks, samples) = (false, false);
        string? unsteady = null;
        string? lockWait = null;
        TreeWalker.Visit(root, message =>
        {
            switch (message)
            {
                case LockingClause locking:
                    locks = true;
                    lockWait ??= locking.WaitPolicy switch
                    {
                        LockWaitPolicy.LockWaitSkip => "SKIP LOCKED",
                        LockWaitPolicy.LockWaitError => "NOWAIT",
                        _ => null,
                    };
                    break;
                case RangeTableSample:
                    samples = true;
                    break;
                case FuncCall call:
                    why ??= functions.WhyNotOnShards(call);
                    if (functions.IsUnsteady(call))
                        unsteady ??= Syntax.FunctionName(call);
                    break;
                case SQLValueFunction value:
                    why ??= WhyNotOnShards(value.Op);
                    unsteady ??= "CURRENT_TIMESTAMP";
                    break;
                case TypeName type:
                    why ??= WhyNotOnShards(type, request.Map);
                    break;
                case CollateClause collate:
                    why ??= WhyNotOnShards(collate, request.Map);
                    break;
                case A_Const { ValCase: A_Const.ValOneofCase.Sval } literal when Moments.Contains(literal.Sval.Sval.Trim()):
                    unsteady ??= $"'{literal.Sval.Sval}'";
                    break;
                case CurrentOfExpr:
                    why ??= "WHERE CURRENT OF names a cursor of the coordinator";
                    break;
                case ColumnRef column:
                    why ??= WhyNotOnShards(column, root.NodeCase == Node.NodeOneofCase.SelectStmt || !isReplicated);
                    break;
            }

            return true;
        });
        return new StatementFacts { ReachesDistributed = reaches, WhyCoordinator = why, Locks = locks, LockWait = lockWait, Samples = samples, Unsteady = unsteady };
    }

    private static string? WhyNotOnShards(SQLValueFunctionOp op) =>
        op is SQLValueFunctionOp.SvfopCurrentCatalog or SQLValueFunctionOp.SvfopCurrentSchema
            ? "current_schema and current_catalog belong to the coordinator"
            : null;

    // A row type of a table, and the reg... types, depend on the catalog of the server.
    private static string? WhyNotOnShards(TypeName type, ClusterMap map)
    {
        var name = TypeNames.LastPart(type);
        if (map.MayBeDistributed(name) || type.PctType)
            return $"type {name} is the row type of a table";
        if (name.StartsWith("reg", StringComparison.Ordinal) && name is not "reg")
            return $"type {name} looks up the coordinator's catalog";
        return !TypeNames.IsOnEveryServer(type) && !HasColumn(map, c => LastName(c.TypeName), name) ? $"type {name} may not exist on the workers" : null;
    }

    private static string? WhyNotOnShards(CollateClause clause, ClusterMap map)
    {
        var name = clause.Collname[^1].String.Sval;
        return CommonCollation().IsMatch(name) || HasColumn(map, c => c.Collation is { } own ? LastName(own) : null, name)
            ? null
            : $"collation {name} may not exist on the workers";
    }

    // A node has the types and collations of the columns of its shards.
    private static bool HasColumn(ClusterMap map, Func<TableColumn, string?> nameOf, string name) =>
        map.Tables.Any(t => t.Columns.Any(c => nameOf(c) == name));

    // schema."Name"(1,2)[]
    private static string LastName(string qualified)
    {
        var plain = qualified.TrimEnd('[', ']');
        if (plain.EndsWith(')'))
            plain = plain[..plain.LastIndexOf('(')];
        return plain.EndsWith('"') ? plain[(plain.LastIndexOf('"', plain.Length - 2) + 1)..^1] : plain[(plain.LastIndexOf('.') + 1)..];
    }

    // Those of PostgreSQL, of ICU and of the operating system.
    [GeneratedRegex(@"^(C|POSIX|default|ucs_basic|unicode|C\.(utf8|UTF-8)|pg_c_utf8|.*-x-icu|[a-z]{2,3}_[A-Z]{2}(\..*|@.*)?)$")]
    private static partial Regex CommonCollation();

    // ctid and its like mean a place on one node. A user's column cannot have such a name. xmin tells versions of a row from each other, wherever that row is; copies of one have several.
    private static string? WhyNotOnShards(ColumnRef column, bool hasVersions) =>
        column.Fields.Count > 0 && column.Fields[^1] is { NodeCase: Node.NodeOneofCase.String } last
            && (last.String.Sval is "ctid" or "xmax" or "cmin" or "cmax" or "tableoid" || (last.String.Sval == "xmin" && !hasVersions))
            ? $"system column {column.Fields[^1].String.Sval} means nothing outside of its node"
            : null;
}
