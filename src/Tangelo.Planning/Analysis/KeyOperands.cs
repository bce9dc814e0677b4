using System.Collections.Immutable;
using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// Reads the values that a distribution column is compared with. Reads only what is certainly a value of the column's type:
/// <c>id = 5.5</c> compares numerics and must not choose a shard.
/// </summary>
internal sealed class KeyOperands(ImmutableArray<Oid> parameterTypes)
{
    /// <summary>The operand, or null when it is not a plain constant or parameter of the type.</summary>
    internal KeyOperand? Read(Node expression, Oid type)
    {
        if (type.Value == 0)
            return null;
        return expression.NodeCase switch
        {
            Node.NodeOneofCase.AConst => ReadConstant(expression.AConst, type),
            Node.NodeOneofCase.ParamRef => ReadParameter(expression.ParamRef.Number, type),
            Node.NodeOneofCase.TypeCast => ReadCast(expression.TypeCast, type),
            _ => null,
        };
    }

    /// <summary>The elements of an array that a column is compared with by = ANY, or null.</summary>
    internal ImmutableArray<KeyOperand>? ReadArray(Node expression, Oid type)
    {
        switch (expression.NodeCase)
        {
            case Node.NodeOneofCase.AArrayExpr:
                return ReadList(expression.AArrayExpr.Elements, type);
            case Node.NodeOneofCase.ParamRef:
                var element = PgTypes.ElementOf(TypeOfParameter(expression.ParamRef.Number));
                return Fits(element, type) ? [new ArrayParameterKey(expression.ParamRef.Number, element)] : null;
            case Node.NodeOneofCase.AConst when expression.AConst.ValCase == A_Const.ValOneofCase.Sval:
                return ReadArrayLiteral(expression.AConst.Sval.Sval, type);
            case Node.NodeOneofCase.TypeCast when IsArrayOf(expression.TypeCast.TypeName, type):
                return ReadArray(expression.TypeCast.Arg, type);
            default:
                return null;
        }
    }

    /// <summary>All of the list's items, or null when one of them is not an operand. NULLs match nothing and are left out.</summary>
    internal ImmutableArray<KeyOperand>? ReadList(IEnumerable<Node> items, Oid type)
    {
        var keys = ImmutableArray.CreateBuilder<KeyOperand>();
        foreach (var item in items)
        {
            if (Read(item, type) is not { } key)
                return null;
            if (key is not LiteralKey { Text: null } && !keys.Contains(key))
                keys.Add(key);
        }

        return keys.Count == 0 ? [new LiteralKey(null)] : keys.ToImmutable();
    }

    private static LiteralKey? ReadConstant(A_Const constant, Oid type)
    {
        if (constant.Isnull)
            return new LiteralKey(null);
        switch (constant.ValCase)
        {
            case A_Const.ValOneofCase.Sval:
                return new LiteralKey(constant.Sval.Sval);
            case A_Const.ValOneofCase.Ival:
                var value = constant.Ival.Ival;
                var fits = type == PgTypes.Int4 || type == PgTypes.Int8 || type == PgTypes.Numeric || type == PgTypes.Float8
                    || (type == PgTypes.Int2 && value is >= short.MinValue and <= short.MaxValue);
                return fits ? new LiteralKey(value.ToString()) : null;
            case A_Const.ValOneofCase.Fval:
                var text = constant.Fval.Fval;
                if (type == PgTypes.Numeric || type == PgTypes.Float8)
                    return new LiteralKey(text);
                return type == PgTypes.Int8 && long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, null, out _)
                    ? new LiteralKey(text)
                    : null;
            case A_Const.ValOneofCase.Boolval:
                return type == PgTypes.Bool ? new LiteralKey(constant.Boolval.Boolval ? "t" : "f") : null;
            default:
                return null;
        }
    }

    private ParameterKey? ReadParameter(int number, Oid type) =>
        Fits(TypeOfParameter(number), type) ? new ParameterKey(number) : null;

    private KeyOperand? ReadCast(TypeCast cast, Oid type)
    {
        var name = TypeNames.BuiltIn(cast.TypeName);
        if (name is null || PgTypes.OidOf(name) != type || cast.TypeName.Typmods.Count > 0 || cast.TypeName.ArrayBounds.Count > 0)
            return null;
        return cast.Arg.NodeCase switch
        {
            Node.NodeOneofCase.AConst => ReadConstant(cast.Arg.AConst, type),
            Node.NodeOneofCase.ParamRef when TypeOfParameter(cast.Arg.ParamRef.Number) == type => new ParameterKey(cast.Arg.ParamRef.Number),
            _ => null,
        };
    }

    private static bool IsArrayOf(TypeName name, Oid element) =>
        name.ArrayBounds.Count == 1 && name.Typmods.Count == 0
        && TypeNames.BuiltIn(name) is { } builtIn && PgTypes.OidOf(builtIn) == element;

    // Only what needs no unquoting: {1,2,3} or {a,b}.
    private static ImmutableArray<KeyOperand>? ReadArrayLiteral(string text, Oid type)
    {
        text = text.Trim();
        if (text.Length < 2 || text[0] != '{' || text[^1] != '}' || text.AsSpan(1, text.Length - 2).ContainsAny("{}\"\\"))
            return null;
        if (!PgTypes.IsInteger(type) && !PgTypes.IsText(type) && type != PgTypes.Uuid)
            return null;
        var inner = text[1..^1];
        if (inner.Trim().Length == 0)
            return [new LiteralKey(null)];
        var keys = inner.Split(',')
            .Select(e => e.Trim())
            .Where(e => !e.Equals("null", StringComparison.OrdinalIgnoreCase))
            .Distinct()
            .Select(e => (KeyOperand)new LiteralKey(e))
            .ToImmutableArray();
        return keys.IsEmpty ? [new LiteralKey(null)] : keys;
    }

    private Oid TypeOfParameter(int number) =>
        number >= 1 && number <= parameterTypes.Length ? parameterTypes[number - 1] : PgTypes.Unknown;

    private static bool Fits(Oid parameter, Oid column) =>
        parameter.Value != 0
        && (parameter == column
            || (PgTypes.IsInteger(parameter) && PgTypes.IsInteger(column))
            || ((PgTypes.IsText(parameter) || parameter == PgTypes.UnknownLiteral) && PgTypes.IsText(column)));
}
