using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// How many rows to expect. The numbers of rows come from the shards' statistics; what a condition leaves over is guessed by its form.
/// They decide which way is tried first, never whether it is right.
/// </summary>
internal sealed class TableSizes(PlanRequest request)
{
    private const double Unknown = 10_000;

    internal double RowsOf(TableUse use) => StatisticsOf(use) is { } known ? Math.Max(known.Rows, 1) : Unknown;

    /// <summary>The share of a table's rows that a term lets pass.</summary>
    internal double Selectivity(Node term, TableUse use) => Selectivity(term, StatisticsOf(use));

    private TableStatistics? StatisticsOf(TableUse use) => request.Statistics?.GetValueOrDefault(use.Table.Relation);

    private static double Selectivity(Node term, TableStatistics? table) => term.NodeCase switch
    {
        Node.NodeOneofCase.BoolExpr when term.BoolExpr.Boolop == BoolExprType.OrExpr => Math.Min(1, term.BoolExpr.Args.Sum(a => Selectivity(a, table))),
        Node.NodeOneofCase.BoolExpr when term.BoolExpr.Boolop == BoolExprType.AndExpr => term.BoolExpr.Args.Aggregate(1.0, (s, a) => s * Selectivity(a, table)),
        Node.NodeOneofCase.BoolExpr => 1 - Math.Min(0.9, Selectivity(term.BoolExpr.Args[0], table)),
        Node.NodeOneofCase.NullTest => term.NullTest.Nulltesttype == NullTestType.IsNull ? 0.05 : 0.95,
        Node.NodeOneofCase.AExpr => term.AExpr.Kind switch
        {
            A_Expr_Kind.AexprOp => term.AExpr.Name[^1].String.Sval switch
            {
                "=" => OfValue(term.AExpr, table),
                "<>" => 0.95,
                _ => 0.35,
            },
            A_Expr_Kind.AexprIn => term.AExpr.Name[^1].String.Sval == "=" ? Math.Min(0.9, OfValue(term.AExpr, table) * term.AExpr.Rexpr.List.Items.Count) : 0.9,
            A_Expr_Kind.AexprOpAny => 0.1,
            A_Expr_Kind.AexprLike or A_Expr_Kind.AexprIlike => term.AExpr.Name[^1].String.Sval.StartsWith('!') ? 0.9 : 0.08,
            A_Expr_Kind.AexprBetween or A_Expr_Kind.AexprBetweenSym => 0.15,
            _ => 0.5,
        },
        _ => 0.5,
    };

    // One value of a column: all are taken to be equally frequent.
    private static double OfValue(A_Expr comparison, TableStatistics? table)
    {
        var column = (comparison.Lexpr?.ColumnRef ?? comparison.Rexpr?.ColumnRef)?.Fields[^1].String?.Sval;
        return column is not null && table is not null && table.DistinctValues.TryGetValue(column, out var values) ? 1 / Math.Max(values, 1) : 0.02;
    }

    /// <summary>The rows of a subquery, when its input has <paramref name="input"/>.</summary>
    internal static double RowsOf(SubqueryUnit unit, double input)
    {
        var select = unit.Query;
        if (unit.Kind == UnitKind.Exists)
            return 1;
        if (Syntax.IsOrdinal(select.LimitCount, out var limit))
            return Math.Min(input, limit);
        if (select.LimitCount is not null)
            return Math.Min(input, 100);
        if (select.GroupClause.Count > 0)
            return Math.Max(1, input * 0.1);
        if (select.DistinctClause.Count > 0)
            return Math.Max(1, input * 0.2);
        var hasAggregates = Syntax.OfLevel<FuncCall>(select.TargetList).Exists(c => c.Over is null && Syntax.FunctionName(c) is "count" or "sum" or "avg" or "min" or "max");
        return hasAggregates ? 1 : input;
    }
}

/// <summary>Thrown out of the planner where statistics would help and have not been asked for yet.</summary>
internal sealed class StatisticsNeededException : Exception;
