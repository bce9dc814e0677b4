using Tangelo.Planning.Analysis;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Router;

namespace Tangelo.Planning.PushDown;

/// <summary>A SELECT whose result is just the shards' results one after the other.</summary>
internal static class ConcatPlanner
{
    internal static PlanResult Plan(PlanContext context, BlockAnalysis block)
    {
        if (!block.Locus.IsUnion)
            return Rejection.Unsupported(block.Locus.Why!);
        return context.OnShards(ShardSelections.Several(block.From), StatementKind.Select);
    }
}
