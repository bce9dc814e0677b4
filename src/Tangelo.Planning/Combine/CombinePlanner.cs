using Tangelo.Planning.Analysis;

namespace Tangelo.Planning.Combine;

/// <summary>A SELECT whose rows come up from the shards and are combined by the coordinator.</summary>
internal static class CombinePlanner
{
    internal static PlanResult Plan(PlanContext context, BlockAnalysis block) => Rejection.Unsupported(block.Locus.Why ?? "");
}
