using PgQuery;
using Tangelo.Catalog;
using Tangelo.Sql.Deparsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>Writes the expressions of VALUES rows as SQL.</summary>
internal static class ValueTexts
{
    /// <summary>The text of one expression, or null when it cannot be written faithfully.</summary>
    internal static string? Of(Node value) => value.NodeCase switch
    {
        // Bulk inserts have thousands of these: no way round through libpg_query.
        Node.NodeOneofCase.AConst => OfConstant(value.AConst),
        Node.NodeOneofCase.ParamRef => $"${value.ParamRef.Number}",
        Node.NodeOneofCase.SetToDefault => "DEFAULT",
        _ => OfExpression(value),
    };

    private static string? OfConstant(A_Const constant) => constant switch
    {
        { Isnull: true } => "NULL",
        { ValCase: A_Const.ValOneofCase.Ival } => constant.Ival.Ival.ToString(),
        { ValCase: A_Const.ValOneofCase.Fval } => constant.Fval.Fval,
        { ValCase: A_Const.ValOneofCase.Boolval } => constant.Boolval.Boolval ? "true" : "false",
        { ValCase: A_Const.ValOneofCase.Sval } => ShardNames.Literal(constant.Sval.Sval),
        _ => OfExpression(new Node { AConst = constant }),
    };

    private static string? OfExpression(Node value)
    {
        var select = new SelectStmt { LimitOption = LimitOption.Default, Op = SetOperation.SetopNone };
        select.TargetList.Add(new Node { ResTarget = new ResTarget { Val = value } });
        const string prefix = "SELECT ";
        return Deparser.TryDeparseFaithfully(new Node { SelectStmt = select }, out var sql) ? sql[prefix.Length..] : null;
    }
}
