using System.Collections.Frozen;
using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>
/// Correlation, covariance and linear regression: the sums that PostgreSQL keeps while it aggregates come up from every shard and are combined as
/// its parallel plans combine them.
/// </summary>
internal sealed class RegressionSplit : IAggregateSplit
{
    public IReadOnlySet<string> Names { get; } = new[]
    {
        "corr", "covar_pop", "covar_samp", "regr_sxx", "regr_syy", "regr_sxy", "regr_avgx", "regr_avgy", "regr_r2", "regr_slope", "regr_intercept",
    }.ToFrozenSet();

    public Node? Split(FuncCall call, FirstPhase phase)
    {
        if (call.Args.Count != 2 || PartialSums.IsVolatile(call, phase))
            return null;
        var sums = new PartialSums(call);
        Node Of(string function) => sums.Call(function, sums.AsDouble(0), sums.AsDouble(1));
        // The functions take y before x.
        var state = PartialSums.State(
            Of("regr_count"),
            sums.Call("sum", PartialSums.WhereKnown(sums.AsDouble(0), sums.AsDouble(1))),
            Of("regr_sxx"),
            sums.Call("sum", PartialSums.WhereKnown(sums.AsDouble(1), sums.AsDouble(0))),
            Of("regr_syy"),
            Of("regr_sxy"));
        return Trees.Call("tangelo_" + Syntax.FunctionName(call), phase.Partial(state));
    }
}
