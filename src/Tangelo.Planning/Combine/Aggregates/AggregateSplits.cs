using System.Collections.Frozen;
using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>Every aggregate that has a two-phase form.</summary>
internal static class AggregateSplits
{
    private static readonly FrozenDictionary<string, IAggregateSplit> ByName =
        new IAggregateSplit[]
            {
                new CountSplit(), new SumSplit(), new AverageSplit(), new SelfSplit(), new VarianceSplit(), new RegressionSplit(), new CollectionSplit(),
            }
            .SelectMany(s => s.Names.Select(n => (Name: n, Split: s)))
            .ToFrozenDictionary(x => x.Name, x => x.Split);

    private static readonly FrozenSet<string> WithoutNulls =
        new[] { "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor", "string_agg" }.ToFrozenSet();

    /// <summary>The combining expression for <paramref name="call"/>, or null when its rows have to come up.</summary>
    internal static Node? Split(FuncCall call, FirstPhase phase)
    {
        if (call.AggOrder.Count > 0 || call.AggWithinGroup || call.FuncVariadic)
            return null;
        if (call.AggDistinct)
            return OfDistinct(call, phase);
        return ByName.TryGetValue(Syntax.FunctionName(call), out var split) ? split.Split(call, phase) : null;
    }

    /// <summary>The argument that the shards must group by for an aggregate with DISTINCT; null without or when it cannot be done so.</summary>
    internal static Node? DistinctArgument(FuncCall call) =>
        call is { AggDistinct: true, Args.Count: > 0 } && call.AggOrder.Count == 0
        && call.Args[0].NodeCase is not (Node.NodeOneofCase.RowExpr or Node.NodeOneofCase.AConst or Node.NodeOneofCase.ParamRef)
        && call.Args.Skip(1).All(a => a.NodeCase == Node.NodeOneofCase.AConst)
            ? call.AggFilter is null ? call.Args[0] : Filtered(call)
            : null;

    // Where NULL does not count, a value that the filter leaves out may as well be NULL.
    private static Node? Filtered(FuncCall call)
    {
        if (!WithoutNulls.Contains(Syntax.FunctionName(call)) || Syntax.OfLevel<FuncCall>([call.AggFilter]).Count > 0 || Syntax.OfLevel<SubLink>([call.AggFilter]).Count > 0)
            return null;
        var kept = new CaseExpr();
        kept.Args.Add(new Node { CaseWhen = new CaseWhen { Expr = call.AggFilter.Clone(), Result = call.Args[0].Clone() } });
        return new Node { CaseExpr = kept };
    }

    // The shards group by the argument too, so each value comes up once a shard; the coordinator drops the rest.
    private static Node? OfDistinct(FuncCall call, FirstPhase phase)
    {
        if (DistinctArgument(call) is not { } argument || phase.TryGroup(argument) is not { } column)
            return null;
        var copy = call.Clone();
        copy.Args[0] = column;
        copy.AggFilter = null;
        return new Node { FuncCall = copy };
    }
}
