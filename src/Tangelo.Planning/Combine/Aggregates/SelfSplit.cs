using System.Collections.Frozen;
using PgQuery;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>Aggregates that combine their own results: the greatest of the greatest.</summary>
internal sealed class SelfSplit : IAggregateSplit
{
    public IReadOnlySet<string> Names { get; } =
        new[] { "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor", "range_agg", "range_intersect_agg", "any_value" }
            .ToFrozenSet();

    public Node? Split(FuncCall call, FirstPhase phase) => call.Args.Count == 1
        ? Trees.Call(Tangelo.Planning.Analysis.Syntax.FunctionName(call), phase.Partial(new Node { FuncCall = call }))
        : null;
}
