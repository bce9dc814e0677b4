using PgQuery;
using Kind = PgQuery.Node.NodeOneofCase;

namespace Tangelo.Planning.Ddl;

/// <summary>The name PostgreSQL gives the column of an expression in an index: the function's, the column's, or "expr".</summary>
internal static class ColumnNaming
{
    private static readonly string[] ValueFunctions =
    [
        "", "current_date", "current_time", "current_time", "current_timestamp", "current_timestamp", "localtime", "localtime",
        "localtimestamp", "localtimestamp", "current_role", "current_user", "user", "session_user", "current_catalog", "current_schema",
    ];

    /// <summary>Names of an index's columns, made different from each other by a number.</summary>
    public static List<string> OfIndex(IEnumerable<IndexElem> elements)
    {
        var names = new List<string>();
        foreach (var element in elements)
        {
            var name = element.Indexcolname.Length > 0 ? element.Indexcolname
                : element.Name.Length > 0 ? element.Name
                : Figure(element.Expr).Name ?? "expr";
            var unique = name;
            for (var n = 1; names.Contains(unique); n++)
                unique = name + n;
            names.Add(unique);
        }

        return names;
    }

    // The strength tells a name that is certain (2) from the name of a type (1), which an outer construct may replace.
    private static (string? Name, int Strength) Figure(Node? node) => node?.NodeCase switch
    {
        Kind.ColumnRef => Last(node.ColumnRef.Fields),
        Kind.AIndirection => Last(node.AIndirection.Indirection) is { Name: not null } field ? field : Figure(node.AIndirection.Arg),
        Kind.FuncCall => (node.FuncCall.Funcname[^1].String.Sval, 2),
        Kind.AExpr when node.AExpr.Kind == A_Expr_Kind.AexprNullif => ("nullif", 2),
        Kind.TypeCast => Figure(node.TypeCast.Arg) is { Strength: > 1 } inner ? inner : (node.TypeCast.TypeName.Names[^1].String.Sval, 1),
        Kind.CollateClause => Figure(node.CollateClause.Arg),
        Kind.CaseExpr => Figure(node.CaseExpr.Defresult) is { Strength: > 1 } inner ? inner : ("case", 1),
        Kind.AArrayExpr => ("array", 2),
        Kind.RowExpr => ("row", 2),
        Kind.CoalesceExpr => ("coalesce", 2),
        Kind.MinMaxExpr => (node.MinMaxExpr.Op == MinMaxOp.IsGreatest ? "greatest" : "least", 2),
        Kind.SqlvalueFunction => (ValueFunctions[(int)node.SqlvalueFunction.Op], 2),
        Kind.XmlSerialize => ("xmlserialize", 2),
        _ => (null, 0),
    };

    private static (string? Name, int Strength) Last(IEnumerable<Node> fields) =>
        fields.LastOrDefault(f => f.NodeCase == Kind.String) is { } name ? (name.String.Sval, 2) : (null, 0);
}
