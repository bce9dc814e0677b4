using System.Collections.Frozen;
using PgQuery;
using Tangelo.Planning.Inserts;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>count: the sum of the counts, 0 without any.</summary>
internal sealed class CountSplit : IAggregateSplit
{
    public IReadOnlySet<string> Names { get; } = new[] { "count", "regr_count" }.ToFrozenSet();

    public Node? Split(FuncCall call, FirstPhase phase) => Casts.To(
        Trees.Coalesce(Trees.Call("sum", phase.Partial(new Node { FuncCall = call })), Trees.Integer(0)), "bigint");
}
