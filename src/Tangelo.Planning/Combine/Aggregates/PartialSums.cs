using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>Aggregates over the arguments of another aggregate, under its FILTER.</summary>
internal sealed class PartialSums(FuncCall call)
{
    private const string Double = "double precision";

    /// <summary>Argument <paramref name="index"/> as a floating-point number.</summary>
    internal Node AsDouble(int index) => Casts.To(call.Args[index].Clone(), Double);

    /// <summary>The aggregate <paramref name="function"/> of <paramref name="arguments"/>.</summary>
    internal Node Call(string function, params Node[] arguments)
    {
        var result = Trees.Call(function, arguments);
        result.FuncCall.AggFilter = call.AggFilter?.Clone();
        return result;
    }

    /// <summary>An array of numbers, or NULL where no row counts.</summary>
    internal static Node State(Node count, params Node[] rest)
    {
        var array = new A_ArrayExpr();
        array.Elements.Add(Casts.To(count.Clone(), Double));
        array.Elements.Add(rest);
        var when = new CaseWhen { Expr = Trees.Operator(">", count, Trees.Integer(0)), Result = new Node { AArrayExpr = array } };
        var choice = new CaseExpr();
        choice.Args.Add(new Node { CaseWhen = when });
        return new Node { CaseExpr = choice };
    }

    /// <summary>The value of <paramref name="tested"/>'s row only where it is not NULL.</summary>
    internal static Node WhereKnown(Node tested, Node value)
    {
        var known = new NullTest { Arg = tested, Nulltesttype = NullTestType.IsNotNull };
        var when = new CaseWhen { Expr = new Node { NullTest = known }, Result = value };
        var choice = new CaseExpr();
        choice.Args.Add(new Node { CaseWhen = when });
        return new Node { CaseExpr = choice };
    }

    /// <summary>True when computing an argument a second time may give another value.</summary>
    internal static bool IsVolatile(FuncCall call, FirstPhase phase) =>
        Syntax.OfLevel<FuncCall>(call.Args.Append(call.AggFilter)).Any(phase.IsVolatile);
}
