using System.Collections.Immutable;
using PgQuery;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Analysis;

/// <summary>Reads within which intervals a condition keeps columns: comparisons, BETWEEN, IN, = ANY, and AND and OR of those.</summary>
internal sealed class Intervals(KeyOperands operands)
{
    private static readonly Dictionary<EntryColumn, ImmutableArray<KeyInterval>> Nothing = [];

    /// <summary>For columns that the condition says something about: every surviving row is in one of the intervals.</summary>
    internal Dictionary<EntryColumn, ImmutableArray<KeyInterval>> Of(Node condition, Scope scope) => condition.NodeCase switch
    {
        Node.NodeOneofCase.BoolExpr when condition.BoolExpr.Boolop == BoolExprType.AndExpr => All(condition.BoolExpr, scope),
        Node.NodeOneofCase.BoolExpr when condition.BoolExpr.Boolop == BoolExprType.OrExpr => Any(condition.BoolExpr, scope),
        Node.NodeOneofCase.AExpr when OfComparison(condition.AExpr, scope) is var (column, intervals) => new() { [column] = intervals },
        _ => Nothing,
    };

    private Dictionary<EntryColumn, ImmutableArray<KeyInterval>> All(BoolExpr conditions, Scope scope)
    {
        var all = new Dictionary<EntryColumn, ImmutableArray<KeyInterval>>();
        foreach (var (column, intervals) in conditions.Args.SelectMany(a => Of(a, scope)))
            all[column] = all.TryGetValue(column, out var known) ? Both(known, intervals) : intervals;
        return all;
    }

    private Dictionary<EntryColumn, ImmutableArray<KeyInterval>> Any(BoolExpr conditions, Scope scope)
    {
        var alternatives = conditions.Args.Select(a => Of(a, scope)).ToList();
        return alternatives[0].Keys
            .Where(c => alternatives.TrueForAll(a => a.ContainsKey(c)))
            .ToDictionary(c => c, c => alternatives.SelectMany(a => a[c]).Distinct().ToImmutableArray());
    }

    // x >= 1 AND x < 5 is one interval. Of two that do not fit together so, one is enough to be right.
    private static ImmutableArray<KeyInterval> Both(ImmutableArray<KeyInterval> left, ImmutableArray<KeyInterval> right) => (left, right) switch
    {
        ([{ High: null } low], [{ Low: null } high]) => [low with { High = high.High, IncludesHigh = high.IncludesHigh }],
        ([{ Low: null } high], [{ High: null } low]) => [low with { High = high.High, IncludesHigh = high.IncludesHigh }],
        _ => left,
    };

    private (EntryColumn Column, ImmutableArray<KeyInterval> Intervals)? OfComparison(A_Expr comparison, Scope scope)
    {
        var name = comparison.Name.Count == 1 ? comparison.Name[0].String?.Sval : null;
        switch (comparison.Kind)
        {
            case A_Expr_Kind.AexprOp when ColumnOf(comparison.Lexpr, scope) is { } column:
                return operands.Read(comparison.Rexpr, column.Type) is { } right && Of(name, right) is { } above ? (column, [above]) : null;
            case A_Expr_Kind.AexprOp when ColumnOf(comparison.Rexpr, scope) is { } column && comparison.Lexpr is not null:
                return operands.Read(comparison.Lexpr, column.Type) is { } left && Of(Turned(name), left) is { } below ? (column, [below]) : null;
            case A_Expr_Kind.AexprBetween when ColumnOf(comparison.Lexpr, scope) is { } column && comparison.Rexpr.List is { Items: [var from, var to] }:
                return operands.Read(from, column.Type) is { } low && operands.Read(to, column.Type) is { } high
                    ? (column, [new KeyInterval(low, true, high, true)])
                    : null;
            case A_Expr_Kind.AexprIn when name == "=" && ColumnOf(comparison.Lexpr, scope) is { } column && comparison.Rexpr.List is { } list:
                return operands.ReadList(list.Items, column.Type) is { } items ? (column, [.. items.Select(KeyInterval.Of)]) : null;
            case A_Expr_Kind.AexprOpAny when name == "=" && ColumnOf(comparison.Lexpr, scope) is { } column:
                return operands.ReadArray(comparison.Rexpr, column.Type) is { } elements ? (column, [.. elements.Select(KeyInterval.Of)]) : null;
            default:
                return null;
        }
    }

    private static KeyInterval? Of(string? comparison, KeyOperand value) => comparison switch
    {
        "=" => KeyInterval.Of(value),
        "<" => new KeyInterval(null, false, value, false),
        "<=" => new KeyInterval(null, false, value, true),
        ">" => new KeyInterval(value, false, null, false),
        ">=" => new KeyInterval(value, true, null, false),
        _ => null,
    };

    private static string? Turned(string? comparison) => comparison switch { "<" => ">", "<=" => ">=", ">" => "<", ">=" => "<=", _ => comparison };

    private static EntryColumn? ColumnOf(Node? node, Scope scope) =>
        node is { NodeCase: Node.NodeOneofCase.ColumnRef } && scope.Resolve(node.ColumnRef) is { Kind: ReferenceKind.Column } reference ? reference.Column : null;
}
