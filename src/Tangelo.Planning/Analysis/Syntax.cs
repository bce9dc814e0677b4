using Google.Protobuf;
using PgQuery;
using Tangelo.Sql.Visiting;

namespace Tangelo.Planning.Analysis;

/// <summary>Questions about pieces of a syntax tree.</summary>
internal static class Syntax
{
    /// <summary>
    /// Visits every message of an expression that belongs to its own query level: a sublink is seen, and the left side of its comparison,
    /// but not the query in it.
    /// </summary>
    internal static void VisitLevel(IMessage? root, Action<IMessage> visit)
    {
        if (root is null)
            return;
        TreeWalker.Visit(root, message =>
        {
            visit(message);
            switch (message)
            {
                case SubLink link:
                    if (link.Testexpr is not null)
                        VisitLevel(link.Testexpr, visit);
                    return false;
                case SelectStmt:
                    return false;
                default:
                    return true;
            }
        });
    }

    /// <summary>All messages of type <typeparamref name="T"/> at the query level of the expressions.</summary>
    internal static List<T> OfLevel<T>(IEnumerable<IMessage?> roots)
        where T : class, IMessage
    {
        var found = new List<T>();
        foreach (var root in roots)
        {
            VisitLevel(root, m =>
            {
                if (m is T match)
                    found.Add(match);
            });
        }

        return found;
    }

    /// <summary>Every expression of a SELECT outside of its FROM clause and WITH.</summary>
    internal static IEnumerable<IMessage?> Expressions(SelectStmt select) =>
        OutputExpressions(select).Append(select.WhereClause);

    /// <summary>The expressions of a SELECT that are computed after FROM and WHERE.</summary>
    internal static IEnumerable<IMessage?> OutputExpressions(SelectStmt select) =>
        select.TargetList.Cast<IMessage?>()
            .Concat(select.GroupClause)
            .Append(select.HavingClause)
            .Concat(select.WindowClause)
            .Concat(select.DistinctClause)
            .Concat(select.SortClause)
            .Append(select.LimitCount)
            .Append(select.LimitOffset);

    /// <summary>The conditions of the joins in a FROM clause, and the arguments of its functions.</summary>
    internal static IEnumerable<IMessage?> FromExpressions(IEnumerable<Node> from)
    {
        foreach (var node in from)
        {
            switch (node.NodeCase)
            {
                case Node.NodeOneofCase.JoinExpr:
                    foreach (var inner in FromExpressions([node.JoinExpr.Larg, node.JoinExpr.Rarg]))
                        yield return inner;
                    yield return node.JoinExpr.Quals;
                    break;
                case Node.NodeOneofCase.RangeFunction:
                    yield return node.RangeFunction;
                    break;
                case Node.NodeOneofCase.RangeTableFunc:
                    yield return node.RangeTableFunc;
                    break;
                case Node.NodeOneofCase.RangeTableSample:
                    yield return node.RangeTableSample;
                    break;
            }
        }
    }

    /// <summary>True for SELECT DISTINCT without ON: the parser leaves one empty node.</summary>
    internal static bool IsPlainDistinct(SelectStmt select) =>
        select.DistinctClause.Count == 1 && select.DistinctClause[0].NodeCase == Node.NodeOneofCase.None;

    /// <summary>The name of a function without its schema.</summary>
    internal static string FunctionName(FuncCall call) => call.Funcname[^1].String.Sval;

    /// <summary>An integer constant, as in ORDER BY 2.</summary>
    internal static bool IsOrdinal(Node? node, out int ordinal)
    {
        ordinal = 0;
        if (node is not { NodeCase: Node.NodeOneofCase.AConst } || node.AConst.ValCase != A_Const.ValOneofCase.Ival)
            return false;
        ordinal = node.AConst.Ival.Ival;
        return true;
    }

    /// <summary>A name without qualification, as in ORDER BY total.</summary>
    internal static bool IsBareName(Node? node, out string name)
    {
        name = "";
        if (node is not { NodeCase: Node.NodeOneofCase.ColumnRef } || node.ColumnRef.Fields.Count != 1
            || node.ColumnRef.Fields[0].NodeCase != Node.NodeOneofCase.String)
            return false;
        name = node.ColumnRef.Fields[0].String.Sval;
        return true;
    }

    /// <summary>True for <c>*</c> and <c>t.*</c> in a target list.</summary>
    internal static bool IsStar(Node target) =>
        target.ResTarget?.Val is { NodeCase: Node.NodeOneofCase.ColumnRef } value
        && value.ColumnRef.Fields[^1].NodeCase == Node.NodeOneofCase.AStar;
}
