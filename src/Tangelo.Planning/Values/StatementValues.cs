using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Values;

/// <summary>
/// Takes what only the coordinator may compute once out of a statement and puts parameters in its place, which follow the client's own. So all nodes
/// see the same now(), and it is the transaction's.
/// </summary>
internal sealed class StatementValues
{
    private readonly int _clientParameters;
    private readonly List<(string Sql, ValueType Type)> _values = [];

    private StatementValues(int clientParameters) => _clientParameters = clientParameters;

    /// <summary>True when the statement holds such an expression, or leaves a column to a default that does.</summary>
    internal static bool Needs(PlanRequest request) =>
        Complete(request) is not null || TreeWalker.Any(request.Statement.Tree, m => m is FuncCall or SQLValueFunction or TypeCast && IsValue(m));

    /// <summary>The request with the values as parameters; null when the statement cannot be written down again.</summary>
    /// <param name="request">A SELECT, INSERT, UPDATE or DELETE.</param>
    /// <param name="wrap">Puts the computation of the values before the plan of the rest.</param>
    internal static PlanRequest? TakeOut(PlanRequest request, out Func<Plan, Plan> wrap)
    {
        var values = new StatementValues(request.ParameterTypes.Length);
        var tree = values.Replace(Complete(request) ?? request.Statement.Tree);
        wrap = plan => new ValuesFirstPlan(
            plan, "SELECT " + string.Join(", ", values._values.Select(v => v.Sql)), [.. values._values.Select(v => new Oid(v.Type.Oid))]);
        if (!Deparser.TryDeparseFaithfully(tree, out var sql))
            return null;
        return request with
        {
            Statement = SqlParser.ParseOne(sql),
            ParameterTypes = [.. request.ParameterTypes, .. values._values.Select(v => new Oid(v.Type.Oid))],
        };
    }

    /// <summary>True when the expression holds something that only the coordinator may compute once.</summary>
    internal static bool IsIn(Node expression) => TreeWalker.Any(expression, m => m is FuncCall or SQLValueFunction or TypeCast && IsValue(m));

    private static bool IsValue(Google.Protobuf.IMessage message) => CoordinatorValue.TypeOf(message switch
    {
        FuncCall call => new Node { FuncCall = call },
        SQLValueFunction value => new Node { SqlvalueFunction = value },
        TypeCast cast => new Node { TypeCast = cast },
        _ => new Node(),
    }) is not null;

    private static Node? Complete(PlanRequest request)
    {
        var completed = new DefaultValues(request).Complete(request.Statement.Tree);
        return new TypedDateWords(request).Complete(completed ?? request.Statement.Tree) ?? completed;
    }

    private Node Replace(Node tree) => TreeRewriter.Rewrite(tree, node =>
    {
        switch (node.NodeCase)
        {
            case Node.NodeOneofCase.SelectStmt:
                KeepNames(node.SelectStmt.TargetList);
                return null;
            case Node.NodeOneofCase.InsertStmt:
                KeepNames(node.InsertStmt.ReturningList);
                return null;
            case Node.NodeOneofCase.UpdateStmt:
                KeepNames(node.UpdateStmt.ReturningList);
                return null;
            case Node.NodeOneofCase.DeleteStmt:
                KeepNames(node.DeleteStmt.ReturningList);
                return null;
            default:
                return CoordinatorValue.TypeOf(node) is { } type ? Parameter(node, type) : null;
        }
    });

    // now() without AS is a column "now"; the parameter would have another name.
    private static void KeepNames(IEnumerable<Node> targets)
    {
        foreach (var target in targets.Select(t => t.ResTarget).Where(t => t is { Name: "", Val: not null }))
        {
            if (IsIn(target.Val) && OutputNames.Of(target) is var name && name != OutputNames.Anonymous)
                target.Name = name;
        }
    }

    // 'now'::timestamptz is read when the statement is parsed, and the coordinator keeps it prepared.
    private static Node AtRunTime(Node value)
    {
        if (value.NodeCase != Node.NodeOneofCase.TypeCast)
            return value;
        var copy = value.Clone();
        copy.TypeCast.Arg = Casts.To(copy.TypeCast.Arg, "pg_catalog.text");
        return copy;
    }

    private Node Parameter(Node value, ValueType type)
    {
        var sql = Deparser.DeparseExpression(AtRunTime(value));
        var index = _values.FindIndex(v => v.Sql == sql);
        if (index < 0)
        {
            index = _values.Count;
            _values.Add((sql, type));
        }

        return Casts.To(Trees.Parameter(_clientParameters + index + 1), $"pg_catalog.{type.Name}{(type.IsArray ? "[]" : "")}");
    }
}
