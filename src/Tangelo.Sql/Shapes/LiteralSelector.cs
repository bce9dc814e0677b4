using Google.Protobuf.Collections;
using PgQuery;

namespace Tangelo.Sql.Shapes;

/// <summary>
/// Selects the constants of a statement that may become parameters. Only the places named here are entered: WHERE, ON, the rows of VALUES and
/// the items of SET. Target lists, GROUP BY, ORDER BY, LIMIT, function arguments and casts are left alone, since PostgreSQL compares
/// expressions there, or reads a constant as something else. The arguments of a function that is known to have no namesakes are entered where its call is
/// all that a statement selects, or selects from.
/// </summary>
internal sealed class LiteralSelector(Func<string, bool> enters)
{
    private readonly Dictionary<int, SelectedConstant> _selected = [];

    /// <summary>The constants by location, or null when <paramref name="statement"/> is of a kind that has no shape.</summary>
    internal static Dictionary<int, SelectedConstant>? Select(Node statement, Func<string, bool> enters)
    {
        if (statement.NodeCase == Node.NodeOneofCase.SelectStmt && statement.SelectStmt.IntoClause is not null)
            return null;
        var selector = new LiteralSelector(enters);
        return selector.Statement(statement) ? selector._selected : null;
    }

    private bool Statement(Node? statement)
    {
        switch (statement?.NodeCase)
        {
            case Node.NodeOneofCase.SelectStmt:
                Query(statement.SelectStmt);
                OnlyCall(statement.SelectStmt);
                return true;
            case Node.NodeOneofCase.CallStmt when enters(NameOf(statement.CallStmt.Funccall)):
                Arguments(statement.CallStmt.Funccall);
                return true;
            case Node.NodeOneofCase.InsertStmt:
                Insert(statement.InsertStmt);
                return true;
            case Node.NodeOneofCase.UpdateStmt:
                With(statement.UpdateStmt.WithClause);
                Assignments(statement.UpdateStmt.TargetList);
                FromItems(statement.UpdateStmt.FromClause);
                Condition(statement.UpdateStmt.WhereClause);
                return true;
            case Node.NodeOneofCase.DeleteStmt:
                With(statement.DeleteStmt.WithClause);
                FromItems(statement.DeleteStmt.UsingClause);
                Condition(statement.DeleteStmt.WhereClause);
                return true;
            default:
                return false;
        }
    }

    private void With(WithClause? with)
    {
        foreach (var cte in with?.Ctes ?? [])
            Statement(cte.CommonTableExpr.Ctequery);
    }

    private void Query(SelectStmt? query)
    {
        if (query is null)
            return;
        With(query.WithClause);
        Query(query.Larg);
        Query(query.Rarg);
        FromItems(query.FromClause);
        Condition(query.WhereClause);
    }

    private void OnlyCall(SelectStmt query)
    {
        if (query is { FromClause.Count: 0, TargetList: [var target], DistinctClause.Count: 0, GroupClause.Count: 0, SortClause.Count: 0 })
            Arguments(target.ResTarget?.Val?.FuncCall);
        else if (query.FromClause is [{ RangeFunction: { Functions: [{ List.Items: [var function, ..] }] } }])
            Arguments(function.FuncCall);
    }

    private void Arguments(FuncCall? call)
    {
        if (call is null || !enters(NameOf(call)))
            return;
        foreach (var argument in call.Args)
            Constant(argument.NamedArgExpr?.Arg ?? argument);
    }

    private static string NameOf(FuncCall call) => call.Funcname.Count == 0 ? "" : call.Funcname[^1].String?.Sval ?? "";

    private void Insert(InsertStmt insert)
    {
        With(insert.WithClause);
        if (insert.SelectStmt?.SelectStmt is { } source)
        {
            // The items of a single row take their types from the columns; those of several rows from each other.
            if (source.ValuesLists.Count == 1)
                Row(source.ValuesLists[0].List.Items, insert.Cols);
            Query(source);
        }

        if (insert.OnConflictClause is { } conflict)
        {
            Assignments(conflict.TargetList);
            Condition(conflict.WhereClause);
        }
    }

    private void Row(RepeatedField<Node> items, RepeatedField<Node> columns)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (i >= columns.Count || columns[i].ResTarget.Indirection.Count == 0)
                Constant(items[i]);
        }
    }

    private void Assignments(RepeatedField<Node> targets)
    {
        foreach (var target in targets)
        {
            if (target.ResTarget is not { Indirection.Count: 0, Val: { } value })
                continue;
            Constant(value);
            Arithmetic(value);
        }
    }

    // A number has its type by itself, so a parameter declared with that type finds the same operator: balance = balance + 5.
    private void Arithmetic(Node? value)
    {
        if (value?.AExpr is not { Kind: A_Expr_Kind.AexprOp } expression || OperatorOf(expression) is not ("+" or "-" or "*" or "/" or "%"))
            return;
        foreach (var side in (Node?[])[expression.Lexpr, expression.Rexpr])
        {
            if (side?.AConst is { } constant && SelectedConstant.Of(constant)?.Class != LiteralClass.String)
                Constant(side);
            Arithmetic(side);
        }
    }

    private void FromItems(RepeatedField<Node> items)
    {
        foreach (var item in items)
            FromItem(item);
    }

    private void FromItem(Node? item)
    {
        if (item?.JoinExpr is { } join)
        {
            FromItem(join.Larg);
            FromItem(join.Rarg);
            Condition(join.Quals);
        }
        else if (item?.RangeSubselect is { } subselect)
        {
            Query(subselect.Subquery?.SelectStmt);
        }
    }

    private void Condition(Node? condition)
    {
        switch (condition?.NodeCase)
        {
            case Node.NodeOneofCase.BoolExpr:
                foreach (var argument in condition.BoolExpr.Args)
                    Condition(argument);
                break;
            case Node.NodeOneofCase.SubLink:
                Query(condition.SubLink.Subselect?.SelectStmt);
                break;
            case Node.NodeOneofCase.AExpr:
                Comparison(condition.AExpr);
                break;
        }
    }

    private void Comparison(A_Expr comparison)
    {
        switch (comparison.Kind)
        {
            case A_Expr_Kind.AexprOp when OperatorOf(comparison) is "=" or "<" or ">" or "<=" or ">=" or "<>":
                if (IsColumn(comparison.Lexpr))
                    Constant(comparison.Rexpr);
                if (IsColumn(comparison.Rexpr))
                    Constant(comparison.Lexpr);
                Subquery(comparison.Lexpr);
                Subquery(comparison.Rexpr);
                break;
            case A_Expr_Kind.AexprIn or A_Expr_Kind.AexprBetween or A_Expr_Kind.AexprNotBetween
                or A_Expr_Kind.AexprBetweenSym or A_Expr_Kind.AexprNotBetweenSym when IsColumn(comparison.Lexpr):
                foreach (var item in comparison.Rexpr.List.Items)
                    Constant(item);
                break;
        }
    }

    private void Subquery(Node? side)
    {
        if (side?.NodeCase == Node.NodeOneofCase.SubLink)
            Condition(side);
    }

    private void Constant(Node? node)
    {
        if (node?.AConst is { } constant && SelectedConstant.Of(constant) is { } selected)
            _selected[constant.Location] = selected;
    }

    private static bool IsColumn(Node? node) => node?.ColumnRef is { } column && column.Fields[^1].NodeCase == Node.NodeOneofCase.String;

    private static string? OperatorOf(A_Expr expression) => expression.Name.Count == 1 ? expression.Name[0].String?.Sval : null;
}
