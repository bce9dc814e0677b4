using System.Collections.Frozen;
using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>sum: the sum of the sums, which for integers must be brought back to bigint.</summary>
internal sealed class SumSplit : IAggregateSplit
{
    public IReadOnlySet<string> Names { get; } = new[] { "sum" }.ToFrozenSet();

    public Node? Split(FuncCall call, FirstPhase phase)
    {
        var type = call.Args.Count == 1 ? TypeInference.OfSum(phase.TypeOf(call.Args[0])) : PgTypes.Unknown;
        if (type.Value == 0)
            return null;
        var sum = Trees.Call("sum", phase.Partial(new Node { FuncCall = call }));
        return type == PgTypes.Int8 ? Casts.To(sum, "bigint") : sum;
    }
}
