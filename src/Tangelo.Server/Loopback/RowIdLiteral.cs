using System.Text;
using PgQuery;
using Tangelo.Execution.Parameters;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Splicing;
using Node = PgQuery.Node;

namespace Tangelo.Server.Loopback;

/// <summary>
/// An UPDATE or DELETE that postgres_fdw pushes down with a literal row: <c>WHERE ((ctid = '(0,30721)'))</c>. With a parameter in the place of the literal it
/// is like those that name a row that was read before.
/// </summary>
internal static class RowIdLiteral
{
    /// <summary>The statement with a parameter, and the parameters with its value; null for any other statement.</summary>
    public static (ParsedStatement Statement, ParameterSet Parameters)? TakeOut(ParsedStatement statement, ParameterSet parameters)
    {
        var where = statement.Tree.UpdateStmt?.WhereClause ?? statement.Tree.DeleteStmt?.WhereClause;
        if (where is null || Find(where) is not { Location: >= 0 } literal)
            return null;
        var written = Encoding.UTF8.GetBytes($"'{literal.Sval.Sval}'");
        if (!statement.Text.AsSpan(literal.Location).StartsWith(written))
            return null;
        var edits = new TextEdits();
        edits.Replace(literal.Location, written.Length, $"${parameters.Count + 1}");
        return (SqlParser.ParseOne(Encoding.UTF8.GetString(edits.Apply(statement.Text).Text)), parameters.AppendText([Encoding.UTF8.GetBytes(literal.Sval.Sval)]));
    }

    // Of the conditions that all have to hold.
    private static A_Const? Find(Node condition) => condition switch
    {
        { BoolExpr: { Boolop: BoolExprType.AndExpr } and } => and.Args.Select(Find).FirstOrDefault(l => l is not null),
        { AExpr: { Kind: A_Expr_Kind.AexprOp, Lexpr.ColumnRef: { } column } equal } when equal.Name[^1].String.Sval == "=" && column.Fields[^1].String?.Sval == "ctid" =>
            (equal.Rexpr?.TypeCast?.Arg ?? equal.Rexpr) is { AConst: { ValCase: A_Const.ValOneofCase.Sval } literal } ? literal : null,
        _ => null,
    };
}
