using PgQuery;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>How one family of aggregates is computed in two phases.</summary>
internal interface IAggregateSplit
{
    /// <summary>The functions it splits, by their names in pg_catalog.</summary>
    IReadOnlySet<string> Names { get; }

    /// <summary>
    /// Asks <paramref name="phase"/> for the partial results that the shards compute, and gives the expression that makes the aggregate's
    /// value of them on the coordinator. Null when it cannot.
    /// </summary>
    Node? Split(FuncCall call, FirstPhase phase);
}
