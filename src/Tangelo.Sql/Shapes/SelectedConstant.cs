using PgQuery;

namespace Tangelo.Sql.Shapes;

/// <summary>A constant of the tree that may become a parameter, with the type that PostgreSQL gives it.</summary>
internal sealed record SelectedConstant(LiteralClass Class, bool IsNegative)
{
    /// <summary>Null for NULL, TRUE, FALSE and bit strings.</summary>
    internal static SelectedConstant? Of(A_Const constant) => constant.ValCase switch
    {
        _ when constant.Isnull => null,
        A_Const.ValOneofCase.Sval => new(LiteralClass.String, false),
        A_Const.ValOneofCase.Ival => new(LiteralClass.Int4, constant.Ival.Ival < 0),
        A_Const.ValOneofCase.Fval => new(ClassOf(constant.Fval.Fval), constant.Fval.Fval.StartsWith('-')),
        _ => null,
    };

    // What did not fit int4 without its sign may fit it with one.
    private static LiteralClass ClassOf(string number)
    {
        if (!long.TryParse(number, System.Globalization.NumberStyles.AllowLeadingSign, null, out var value))
            return LiteralClass.Numeric;
        return value is >= int.MinValue and <= int.MaxValue ? LiteralClass.Int4 : LiteralClass.Int8;
    }
}
