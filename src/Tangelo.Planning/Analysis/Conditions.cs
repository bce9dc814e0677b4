using System.Collections.Immutable;
using PgQuery;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Analysis;

/// <summary>Reads the facts of a condition that every surviving row satisfies.</summary>
internal sealed class Conditions(KeyOperands operands)
{
    private readonly Intervals _intervals = new(operands);

    /// <summary>Adds what <paramref name="condition"/> says to <paramref name="classes"/>.</summary>
    internal void Read(Node? condition, Scope scope, ColumnClasses classes)
    {
        if (condition is null)
            return;
        foreach (var conjunct in Conjuncts(condition))
        {
            ReadEquality(conjunct, scope, classes);
            foreach (var (column, keys) in Restrictions(conjunct, scope))
                classes.Restrict(column, keys);
            foreach (var (column, intervals) in _intervals.Of(conjunct, scope))
                classes.Bound(column, intervals);
        }
    }

    /// <summary>The conditions that AND joins, flattened.</summary>
    internal static IEnumerable<Node> Conjuncts(Node condition) =>
        condition is { NodeCase: Node.NodeOneofCase.BoolExpr, BoolExpr.Boolop: BoolExprType.AndExpr }
            ? condition.BoolExpr.Args.SelectMany(Conjuncts)
            : [condition];

    private static void ReadEquality(Node conjunct, Scope scope, ColumnClasses classes)
    {
        foreach (var (left, right) in EqualPairs(conjunct))
        {
            if (ColumnOf(left, scope) is { } first && ColumnOf(right, scope) is { } second)
                classes.Equate(first, second);
        }
    }

    // (a, b) = (c, d) is a = c AND b = d.
    private static IEnumerable<(Node Left, Node Right)> EqualPairs(Node node)
    {
        if (node.NodeCase != Node.NodeOneofCase.AExpr || !IsPlainEquals(node.AExpr, A_Expr_Kind.AexprOp))
            return [];
        var (left, right) = (node.AExpr.Lexpr, node.AExpr.Rexpr);
        if (left is null || right is null)
            return [];
        if (left.NodeCase == Node.NodeOneofCase.RowExpr && right.NodeCase == Node.NodeOneofCase.RowExpr)
            return left.RowExpr.Args.Count == right.RowExpr.Args.Count ? left.RowExpr.Args.Zip(right.RowExpr.Args) : [];
        return [(left, right)];
    }

    private IEnumerable<(EntryColumn Column, ImmutableArray<KeyOperand> Keys)> Restrictions(Node condition, Scope scope)
    {
        switch (condition.NodeCase)
        {
            case Node.NodeOneofCase.BoolExpr when condition.BoolExpr.Boolop == BoolExprType.AndExpr:
                return condition.BoolExpr.Args.SelectMany(a => Restrictions(a, scope));
            case Node.NodeOneofCase.BoolExpr when condition.BoolExpr.Boolop == BoolExprType.OrExpr:
                return AlternativeRestrictions(condition.BoolExpr, scope);
            case Node.NodeOneofCase.AExpr:
                return ComparisonRestrictions(condition.AExpr, condition, scope);
            default:
                return [];
        }
    }

    private IEnumerable<(EntryColumn Column, ImmutableArray<KeyOperand> Keys)> ComparisonRestrictions(A_Expr comparison, Node node, Scope scope)
    {
        if (IsPlainEquals(comparison, A_Expr_Kind.AexprOp))
        {
            foreach (var (left, right) in EqualPairs(node))
            {
                if (ColumnOf(left, scope) is { } first && operands.Read(right, first.Type) is { } second)
                    yield return (first, [second]);
                else if (ColumnOf(right, scope) is { } column && operands.Read(left, column.Type) is { } key)
                    yield return (column, [key]);
            }
        }
        else if (IsPlainEquals(comparison, A_Expr_Kind.AexprIn) && comparison.Rexpr.NodeCase == Node.NodeOneofCase.List)
        {
            if (ColumnOf(comparison.Lexpr, scope) is { } column && operands.ReadList(comparison.Rexpr.List.Items, column.Type) is { } keys)
                yield return (column, keys);
        }
        else if (IsPlainEquals(comparison, A_Expr_Kind.AexprOpAny)
            && ColumnOf(comparison.Lexpr, scope) is { } column && operands.ReadArray(comparison.Rexpr, column.Type) is { } keys)
        {
            yield return (column, keys);
        }
    }

    // What every alternative says of a column, together.
    private List<(EntryColumn Column, ImmutableArray<KeyOperand> Keys)> AlternativeRestrictions(BoolExpr alternatives, Scope scope)
    {
        Dictionary<EntryColumn, ImmutableArray<KeyOperand>>? common = null;
        foreach (var alternative in alternatives.Args)
        {
            var here = new Dictionary<EntryColumn, ImmutableArray<KeyOperand>>();
            foreach (var (column, keys) in Restrictions(alternative, scope))
                here.TryAdd(column, keys);
            common = common is null
                ? here
                : common.Where(c => here.ContainsKey(c.Key)).ToDictionary(c => c.Key, c => Union(c.Value, here[c.Key]));
        }

        return common is null ? [] : [.. common.Select(c => (c.Key, c.Value))];
    }

    private static ImmutableArray<KeyOperand> Union(ImmutableArray<KeyOperand> left, ImmutableArray<KeyOperand> right)
    {
        var keys = left.Concat(right).Distinct().Where(k => k is not LiteralKey { Text: null }).ToImmutableArray();
        return keys.IsEmpty ? [new LiteralKey(null)] : keys;
    }

    private static bool IsPlainEquals(A_Expr expression, A_Expr_Kind kind) =>
        expression.Kind == kind && expression.Name.Count == 1 && expression.Name[0].String.Sval == "=";

    private static EntryColumn? ColumnOf(Node? node, Scope scope) =>
        node is { NodeCase: Node.NodeOneofCase.ColumnRef } && scope.Resolve(node.ColumnRef) is { Kind: ReferenceKind.Column } reference
            ? reference.Column
            : null;
}
