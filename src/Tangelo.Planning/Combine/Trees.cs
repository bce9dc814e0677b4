using PgQuery;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>Builds pieces of syntax trees.</summary>
internal static class Trees
{
    /// <summary>The alias of the intermediate result in a combining query.</summary>
    internal const string Source = "remote_scan";

    internal static Node Name(string name) => new() { String = new PgQuery.String { Sval = name } };

    internal static Node Column(params string[] names)
    {
        var column = new ColumnRef();
        column.Fields.Add(names.Select(Name));
        return new Node { ColumnRef = column };
    }

    internal static Node Parameter(int number) => new() { ParamRef = new ParamRef { Number = number } };

    /// <summary>Column <paramref name="index"/> (from 0) of the intermediate result.</summary>
    internal static Node SourceColumn(int index) => Column(Source, ColumnName(index));

    internal static string ColumnName(int index) => $"c{index + 1}";

    internal static Node Target(Node value, string? name = null) => new() { ResTarget = new ResTarget { Val = value, Name = name ?? "" } };

    internal static Node Call(string function, params Node[] arguments)
    {
        var call = new FuncCall { Funcformat = CoercionForm.CoerceExplicitCall };
        call.Funcname.Add([Name("pg_catalog"), Name(function)]);
        call.Args.Add(arguments);
        return new Node { FuncCall = call };
    }

    internal static Node Integer(long value) => new()
    {
        AConst = value is >= int.MinValue and <= int.MaxValue
            ? new A_Const { Ival = new Integer { Ival = (int)value } }
            : new A_Const { Fval = new Float { Fval = value.ToString() } },
    };

    internal static Node Text(string value) => new() { AConst = new A_Const { Sval = new PgQuery.String { Sval = value } } };

    internal static Node Operator(string name, Node left, Node right)
    {
        var expression = new A_Expr { Kind = A_Expr_Kind.AexprOp, Lexpr = left, Rexpr = right };
        expression.Name.Add(Name(name));
        return new Node { AExpr = expression };
    }

    /// <summary><c>value = ANY (list)</c></summary>
    internal static Node Among(Node value, Node list)
    {
        var any = new A_Expr { Kind = A_Expr_Kind.AexprOpAny, Lexpr = value, Rexpr = list };
        any.Name.Add(Name("="));
        return new Node { AExpr = any };
    }

    /// <summary><c>value &lt;&gt; ALL (list)</c></summary>
    internal static Node NotAmong(Node value, Node list)
    {
        var all = new A_Expr { Kind = A_Expr_Kind.AexprOpAll, Lexpr = value, Rexpr = list };
        all.Name.Add(Name("<>"));
        return new Node { AExpr = all };
    }

    internal static Node Coalesce(Node first, Node second)
    {
        var coalesce = new CoalesceExpr();
        coalesce.Args.Add([first, second]);
        return new Node { CoalesceExpr = coalesce };
    }

    internal static SelectStmt Select() => new() { LimitOption = LimitOption.Default, Op = SetOperation.SetopNone };

    /// <summary>FROM the intermediate result.</summary>
    internal static Node FromSource() => new()
    {
        RangeVar = new RangeVar { Relname = SourceMarkerName, Inh = true, Relpersistence = "p", Alias = new Alias { Aliasname = Source } },
    };

    /// <summary>Stands in a tree for the source, until the text is made.</summary>
    internal const string SourceMarkerName = "tangelo_source_of_rows";
}
