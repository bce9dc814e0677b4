using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>The name that PostgreSQL gives to an output column without AS.</summary>
internal static class OutputNames
{
    /// <summary>The name of a column that has none.</summary>
    internal const string Anonymous = "?column?";

    internal static string Of(ResTarget target) =>
        target.Name.Length > 0 ? target.Name : Figure(target.Val).Name ?? Anonymous;

    // Strength 2 is a good name, 1 a name to use when nothing better is found, as in PostgreSQL's FigureColname.
    private static (string? Name, int Strength) Figure(Node? node) => node?.NodeCase switch
    {
        Node.NodeOneofCase.ColumnRef => LastString(node.ColumnRef.Fields) is { } name ? (name, 2) : (null, 0),
        Node.NodeOneofCase.AIndirection => LastString(node.AIndirection.Indirection) is { } field ? (field, 2) : Figure(node.AIndirection.Arg),
        Node.NodeOneofCase.FuncCall => (Syntax.FunctionName(node.FuncCall), 2),
        Node.NodeOneofCase.AExpr when node.AExpr.Kind == A_Expr_Kind.AexprNullif => ("nullif", 2),
        Node.NodeOneofCase.TypeCast => Figure(node.TypeCast.Arg) is { Strength: > 1 } inner ? inner : (TypeNames.LastPart(node.TypeCast.TypeName), 1),
        Node.NodeOneofCase.CollateClause => Figure(node.CollateClause.Arg),
        Node.NodeOneofCase.GroupingFunc => ("grouping", 2),
        Node.NodeOneofCase.SubLink => OfSublink(node.SubLink),
        Node.NodeOneofCase.CaseExpr => Figure(node.CaseExpr.Defresult) is { Strength: > 1 } inner ? inner : ("case", 1),
        Node.NodeOneofCase.AArrayExpr => ("array", 2),
        Node.NodeOneofCase.RowExpr => ("row", 2),
        Node.NodeOneofCase.CoalesceExpr => ("coalesce", 2),
        Node.NodeOneofCase.MinMaxExpr => (node.MinMaxExpr.Op == MinMaxOp.IsGreatest ? "greatest" : "least", 2),
        Node.NodeOneofCase.SqlvalueFunction => OfValueFunction(node.SqlvalueFunction.Op),
        Node.NodeOneofCase.XmlExpr => (null, 0),
        _ => (null, 0),
    };

    private static (string? Name, int Strength) OfSublink(SubLink link) => link.SubLinkType switch
    {
        SubLinkType.ExistsSublink => ("exists", 2),
        SubLinkType.ArraySublink => ("array", 2),
        SubLinkType.ExprSublink when link.Subselect.SelectStmt?.TargetList is { Count: 1 } targets =>
            (Of(targets[0].ResTarget) is var name && name == Anonymous ? null : name, 2),
        _ => (null, 0),
    };

    private static (string? Name, int Strength) OfValueFunction(SQLValueFunctionOp op) => op switch
    {
        SQLValueFunctionOp.SvfopCurrentDate => ("current_date", 2),
        SQLValueFunctionOp.SvfopCurrentTime or SQLValueFunctionOp.SvfopCurrentTimeN => ("current_time", 2),
        SQLValueFunctionOp.SvfopCurrentTimestamp or SQLValueFunctionOp.SvfopCurrentTimestampN => ("current_timestamp", 2),
        SQLValueFunctionOp.SvfopLocaltime or SQLValueFunctionOp.SvfopLocaltimeN => ("localtime", 2),
        SQLValueFunctionOp.SvfopLocaltimestamp or SQLValueFunctionOp.SvfopLocaltimestampN => ("localtimestamp", 2),
        SQLValueFunctionOp.SvfopCurrentRole => ("current_role", 2),
        SQLValueFunctionOp.SvfopCurrentUser => ("current_user", 2),
        SQLValueFunctionOp.SvfopUser => ("user", 2),
        SQLValueFunctionOp.SvfopSessionUser => ("session_user", 2),
        SQLValueFunctionOp.SvfopCurrentCatalog => ("current_catalog", 2),
        SQLValueFunctionOp.SvfopCurrentSchema => ("current_schema", 2),
        _ => (null, 0),
    };

    private static string? LastString(Google.Protobuf.Collections.RepeatedField<Node> fields)
    {
        for (var i = fields.Count - 1; i >= 0; i--)
        {
            if (fields[i].NodeCase == Node.NodeOneofCase.String)
                return fields[i].String.Sval;
        }

        return null;
    }
}
