using System.Collections.Frozen;
using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>
/// Variance and standard deviation. Integers and numerics by count, sum and sum of squares, which are exact, in the steps in which PostgreSQL
/// computes them; floating-point numbers as its parallel plans combine them.
/// </summary>
internal sealed class VarianceSplit : IAggregateSplit
{
    // Digits of a square root beyond those of the result: rounding twice then gives what rounding once does.
    private const int GuardDigits = 20;

    public IReadOnlySet<string> Names { get; } =
        new[] { "variance", "var_samp", "var_pop", "stddev", "stddev_samp", "stddev_pop" }.ToFrozenSet();

    public Node? Split(FuncCall call, FirstPhase phase)
    {
        if (call.Args.Count != 1 || PartialSums.IsVolatile(call, phase))
            return null;
        var name = Syntax.FunctionName(call) switch
        {
            "variance" => "var_samp",
            "stddev" => "stddev_samp",
            var full => full,
        };
        var type = phase.TypeOf(call.Args[0]);
        if (type == PgTypes.Float4 || type == PgTypes.Float8)
            return OfFloats(name, call, phase);
        if (!PgTypes.IsInteger(type) && type != PgTypes.Numeric)
            return null;
        var variance = OfExact(call, phase, type == PgTypes.Int2 || type == PgTypes.Int4 ? "bigint" : "numeric", isSample: name.EndsWith("samp", StringComparison.Ordinal));
        return name.StartsWith("stddev", StringComparison.Ordinal) ? Root(variance) : variance;
    }

    private static Node OfFloats(string name, FuncCall call, FirstPhase phase)
    {
        var sums = new PartialSums(call);
        var state = PartialSums.State(
            sums.Call("count", sums.AsDouble(0)), sums.Call("sum", sums.AsDouble(0)), sums.Call("regr_sxx", sums.AsDouble(0), sums.AsDouble(0)));
        return Trees.Call("tangelo_" + name, phase.Partial(state));
    }

    // (n * squares - sum * sum) / (n * (n - 1)), 0 when rounding makes it negative, NULL for too few rows.
    private static Node OfExact(FuncCall call, FirstPhase phase, string type, bool isSample)
    {
        var sums = new PartialSums(call);
        Node Value() => Casts.To(call.Args[0].Clone(), type);
        var count = Trees.Call("sum", phase.Partial(sums.Call("count", call.Args[0].Clone())));
        var sum = Trees.Call("sum", phase.Partial(sums.Call("sum", Value())));
        var squares = Trees.Call("sum", phase.Partial(sums.Call("sum", Trees.Operator("*", Value(), Value()))));
        var spread = Trees.Operator("-", Trees.Operator("*", count.Clone(), squares), Trees.Operator("*", sum.Clone(), sum));
        var divisor = Trees.Operator("*", count.Clone(), isSample ? Trees.Operator("-", count.Clone(), Trees.Integer(1)) : count.Clone());
        var choice = new CaseExpr { Defresult = Trees.Operator("/", spread, divisor) };
        if (phase.TypeOf(call.Args[0]) == PgTypes.Numeric)
        {
            // A function of the coordinator's refuses what would not be exact.
            var scale = Trees.Call("max", phase.Partial(sums.Call("max", Trees.Call("scale", call.Args[0].Clone()))));
            choice.Args.Add(When(Trees.Call("tangelo_squares_are_rounded", scale), new Node { AConst = new A_Const { Isnull = true } }));
        }

        choice.Args.Add(When(Trees.Operator("<=", Trees.Coalesce(count, Trees.Integer(0)), Trees.Integer(isSample ? 1 : 0)), new Node { AConst = new A_Const { Isnull = true } }));
        choice.Args.Add(When(Trees.Operator("<=", spread.Clone(), Trees.Integer(0)), Trees.Integer(0)));
        return new Node { CaseExpr = choice };
    }

    // The root has the scale of the variance; NaN has none.
    private static Node Root(Node variance)
    {
        Node Scale() => Trees.Coalesce(Trees.Call("scale", variance.Clone()), Trees.Integer(0));
        return Trees.Call("round", Trees.Call("sqrt", Trees.Call("round", variance.Clone(), Trees.Operator("+", Scale(), Trees.Integer(GuardDigits)))), Scale());
    }

    private static Node When(Node condition, Node result) => new() { CaseWhen = new CaseWhen { Expr = condition, Result = result } };
}
