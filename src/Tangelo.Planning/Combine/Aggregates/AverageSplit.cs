using System.Collections.Frozen;
using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>avg: all sums by all counts, divided in the type in which PostgreSQL divides.</summary>
internal sealed class AverageSplit : IAggregateSplit
{
    public IReadOnlySet<string> Names { get; } = new[] { "avg" }.ToFrozenSet();

    public Node? Split(FuncCall call, FirstPhase phase)
    {
        if (call.Args.Count != 1)
            return null;
        var type = phase.TypeOf(call.Args[0]);
        var isFloat = type == PgTypes.Float4 || type == PgTypes.Float8;
        if (!PgTypes.IsInteger(type) && type != PgTypes.Numeric && type != PgTypes.Interval && !isFloat)
            return null;

        var sum = phase.Partial(Renamed(call, "sum", toDouble: isFloat));
        var count = Trees.Call("sum", phase.Partial(Renamed(call, "count", toDouble: false)));
        if (isFloat || type == PgTypes.Interval)
            count = Casts.To(count, "double precision");
        // sum(bigint) and sum(numeric) are numeric: the division then has avg's own scale.
        return Trees.Operator("/", Trees.Call("sum", sum), NullIfZero(count));
    }

    private static Node Renamed(FuncCall call, string function, bool toDouble)
    {
        var copy = call.Clone();
        copy.Funcname.Clear();
        copy.Funcname.Add([Trees.Name("pg_catalog"), Trees.Name(function)]);
        // sum(real) is real, but avg(real) adds in double precision.
        if (toDouble)
            copy.Args[0] = Casts.To(copy.Args[0], "double precision");
        return new Node { FuncCall = copy };
    }

    private static Node NullIfZero(Node count)
    {
        var nullIf = new A_Expr { Kind = A_Expr_Kind.AexprNullif, Lexpr = count, Rexpr = Trees.Integer(0) };
        nullIf.Name.Add(Trees.Name("="));
        return new Node { AExpr = nullIf };
    }
}
