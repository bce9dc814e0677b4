using System.Collections.Frozen;
using System.Collections.Immutable;
using PgQuery;
using Tangelo.Core;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// The types of simple expressions over built-in types, by PostgreSQL's rules. Whatever it is not sure of has the type 0: the caller then takes a way that
/// does not need the type.
/// </summary>
internal sealed class TypeInference(ImmutableArray<Oid> parameterTypes)
{
    private static readonly Oid[] NumericLadder = [PgTypes.Int2, PgTypes.Int4, PgTypes.Int8, PgTypes.Numeric, PgTypes.Float4, PgTypes.Float8];

    private static readonly FrozenDictionary<string, Oid> FixedResults = new Dictionary<string, Oid>
    {
        ["count"] = PgTypes.Int8,
        ["row_number"] = PgTypes.Int8,
        ["rank"] = PgTypes.Int8,
        ["dense_rank"] = PgTypes.Int8,
        ["length"] = PgTypes.Int4,
        ["char_length"] = PgTypes.Int4,
        ["octet_length"] = PgTypes.Int4,
        ["now"] = PgTypes.TimestampTz,
        ["extract"] = PgTypes.Numeric,
        ["date_part"] = PgTypes.Float8,
        ["random"] = PgTypes.Float8,
        ["bool_and"] = PgTypes.Bool,
        ["bool_or"] = PgTypes.Bool,
        ["every"] = PgTypes.Bool,
        ["to_char"] = PgTypes.Text,
        ["md5"] = PgTypes.Text,
        ["concat"] = PgTypes.Text,
        ["to_json"] = PgTypes.Json,
        ["row_to_json"] = PgTypes.Json,
        ["json_build_object"] = PgTypes.Json,
        ["json_build_array"] = PgTypes.Json,
        ["to_jsonb"] = PgTypes.Jsonb,
        ["jsonb_build_object"] = PgTypes.Jsonb,
        ["jsonb_build_array"] = PgTypes.Jsonb,
    }.ToFrozenDictionary();

    internal Oid Infer(Node? node, Scope scope) => node?.NodeCase switch
    {
        Node.NodeOneofCase.ColumnRef => scope.Resolve(node.ColumnRef) is { Kind: ReferenceKind.Column } r ? r.Column!.Type : PgTypes.Unknown,
        Node.NodeOneofCase.AConst => OfConstant(node.AConst),
        Node.NodeOneofCase.ParamRef => OfParameter(node.ParamRef.Number),
        Node.NodeOneofCase.TypeCast => node.TypeCast.TypeName.ArrayBounds.Count == 0 && TypeNames.BuiltIn(node.TypeCast.TypeName) is { } name
            ? PgTypes.OidOf(name)
            : PgTypes.Unknown,
        Node.NodeOneofCase.CollateClause => Infer(node.CollateClause.Arg, scope),
        Node.NodeOneofCase.AExpr => OfOperator(node.AExpr, scope),
        Node.NodeOneofCase.BoolExpr or Node.NodeOneofCase.NullTest or Node.NodeOneofCase.BooleanTest => PgTypes.Bool,
        Node.NodeOneofCase.SubLink => node.SubLink.SubLinkType is SubLinkType.ExistsSublink or SubLinkType.AnySublink or SubLinkType.AllSublink
            ? PgTypes.Bool
            : PgTypes.Unknown,
        Node.NodeOneofCase.CaseExpr => Common(
            node.CaseExpr.Args.Select(a => a.CaseWhen.Result).Append(node.CaseExpr.Defresult), scope),
        Node.NodeOneofCase.CoalesceExpr => Common(node.CoalesceExpr.Args, scope),
        Node.NodeOneofCase.MinMaxExpr => Common(node.MinMaxExpr.Args, scope),
        Node.NodeOneofCase.FuncCall => OfFunction(node.FuncCall, scope),
        Node.NodeOneofCase.SqlvalueFunction => node.SqlvalueFunction.Op switch
        {
            SQLValueFunctionOp.SvfopCurrentDate => PgTypes.Date,
            SQLValueFunctionOp.SvfopCurrentTimestamp => PgTypes.TimestampTz,
            SQLValueFunctionOp.SvfopLocaltimestamp => PgTypes.Timestamp,
            _ => PgTypes.Unknown,
        },
        _ => PgTypes.Unknown,
    };

    /// <summary>The type of sum() over values of <paramref name="argument"/>, or 0.</summary>
    internal static Oid OfSum(Oid argument)
    {
        if (argument == PgTypes.Int2 || argument == PgTypes.Int4)
            return PgTypes.Int8;
        if (argument == PgTypes.Int8 || argument == PgTypes.Numeric)
            return PgTypes.Numeric;
        return argument == PgTypes.Float4 || argument == PgTypes.Float8 || argument == PgTypes.Interval || argument == PgTypes.Money
            ? argument
            : PgTypes.Unknown;
    }

    private static Oid OfConstant(A_Const constant)
    {
        if (constant.Isnull)
            return PgTypes.UnknownLiteral;
        switch (constant.ValCase)
        {
            case A_Const.ValOneofCase.Ival:
                return PgTypes.Int4;
            case A_Const.ValOneofCase.Fval:
                return long.TryParse(constant.Fval.Fval, System.Globalization.NumberStyles.AllowLeadingSign, null, out _) ? PgTypes.Int8 : PgTypes.Numeric;
            case A_Const.ValOneofCase.Sval:
                return PgTypes.UnknownLiteral;
            case A_Const.ValOneofCase.Boolval:
                return PgTypes.Bool;
            default:
                return PgTypes.Unknown;
        }
    }

    private Oid OfParameter(int number) =>
        number >= 1 && number <= parameterTypes.Length ? parameterTypes[number - 1] : PgTypes.Unknown;

    private Oid OfOperator(A_Expr expression, Scope scope)
    {
        switch (expression.Kind)
        {
            case A_Expr_Kind.AexprOp:
                break;
            case A_Expr_Kind.AexprNullif:
                // The left side's own type, unless it is a literal.
                var nullif = Infer(expression.Lexpr, scope);
                return nullif == PgTypes.UnknownLiteral ? PgTypes.Unknown : nullif;
            default:
                return PgTypes.Bool;
        }

        if (expression.Name.Count != 1)
            return PgTypes.Unknown;
        var name = expression.Name[0].String.Sval;
        var right = Infer(expression.Rexpr, scope);
        if (expression.Lexpr is null)
            return name is "-" or "+" && NumericLadder.Contains(right) ? right : PgTypes.Unknown;
        var left = Infer(expression.Lexpr, scope);
        return name switch
        {
            "=" or "<>" or "<" or ">" or "<=" or ">=" => PgTypes.Bool,
            "+" or "-" or "*" or "/" or "%" => Arithmetic(name, left, right),
            "||" when IsTextual(left) && IsTextual(right) => PgTypes.Text,
            _ => PgTypes.Unknown,
        };
    }

    private static Oid Arithmetic(string name, Oid left, Oid right)
    {
        if (left == PgTypes.UnknownLiteral && NumericLadder.Contains(right))
            return right;
        if (right == PgTypes.UnknownLiteral && NumericLadder.Contains(left))
            return left;
        if (NumericLadder.Contains(left) && NumericLadder.Contains(right))
            return Promote(left, right);
        if (left == PgTypes.Date && right == PgTypes.Date)
            return name == "-" ? PgTypes.Int4 : PgTypes.Unknown;
        if (left == PgTypes.Interval && right == PgTypes.Interval)
            return name is "+" or "-" ? PgTypes.Interval : PgTypes.Unknown;
        return PgTypes.Unknown;
    }

    // Arithmetic over two number types: float4 meets nothing but itself as float4.
    private static Oid Promote(Oid left, Oid right)
    {
        if (left == right)
            return left;
        var higher = Array.IndexOf(NumericLadder, left) > Array.IndexOf(NumericLadder, right) ? left : right;
        return higher == PgTypes.Float4 ? PgTypes.Float8 : higher;
    }

    private Oid Common(IEnumerable<Node?> nodes, Scope scope)
    {
        var result = PgTypes.UnknownLiteral;
        foreach (var node in nodes)
        {
            if (node is null)
                continue;
            var type = Infer(node, scope);
            if (type.Value == 0)
                return PgTypes.Unknown;
            if (type == PgTypes.UnknownLiteral || type == result)
                continue;
            if (result == PgTypes.UnknownLiteral)
                result = type;
            else if (NumericLadder.Contains(result) && NumericLadder.Contains(type))
                result = Array.IndexOf(NumericLadder, type) > Array.IndexOf(NumericLadder, result) ? type : result;
            else
                return PgTypes.Unknown;
        }

        return result == PgTypes.UnknownLiteral ? PgTypes.Unknown : result;
    }

    private Oid OfFunction(FuncCall call, Scope scope)
    {
        if (call.Funcname.Count == 2 && call.Funcname[0].String.Sval != "pg_catalog")
            return PgTypes.Unknown;
        var name = Syntax.FunctionName(call);
        if (FixedResults.TryGetValue(name, out var fixedResult))
            return fixedResult;
        if (call.Args.Count == 0)
            return PgTypes.Unknown;
        var argument = Infer(call.Args[0], scope);
        switch (name)
        {
            case "sum":
                return OfSum(argument);
            case "avg":
                return PgTypes.IsInteger(argument) || argument == PgTypes.Numeric ? PgTypes.Numeric
                    : argument == PgTypes.Float4 || argument == PgTypes.Float8 ? PgTypes.Float8
                    : argument == PgTypes.Interval ? argument
                    : PgTypes.Unknown;
            case "min" or "max":
                return argument == PgTypes.Varchar ? PgTypes.Text : argument == PgTypes.UnknownLiteral ? PgTypes.Unknown : argument;
            case "lower" or "upper":
                // Those of a range are its bounds.
                return PgTypes.IsText(argument) ? PgTypes.Text : PgTypes.Unknown;
            case "abs":
                return NumericLadder.Contains(argument) ? argument : PgTypes.Unknown;
            case "round" or "ceil" or "floor" or "trunc":
                return argument == PgTypes.Numeric || argument == PgTypes.Float8 ? argument : PgTypes.Unknown;
            case "date_trunc" when call.Args.Count == 2:
                var moment = Infer(call.Args[1], scope);
                return moment == PgTypes.Timestamp || moment == PgTypes.TimestampTz || moment == PgTypes.Interval ? moment : PgTypes.Unknown;
            default:
                return PgTypes.Unknown;
        }
    }

    private static bool IsTextual(Oid type) => PgTypes.IsText(type) || type == PgTypes.UnknownLiteral;
}
