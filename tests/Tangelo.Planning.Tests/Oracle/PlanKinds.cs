using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Tests.Oracle;

/// <summary>One word for the rung that made a plan.</summary>
internal static class PlanKinds
{
    /// <summary>True for the kind that a case names; "combine" is any way of combining, "recursive" any that has parts.</summary>
    internal static bool Match(Plan plan, string kind) => Of(plan) == kind || (kind == "combine" && plan is CombinePlan) || (kind == "recursive" && plan is RecursivePlan);

    internal static string Of(Plan plan) => plan switch
    {
        CoordinatorPlan { Reason: CoordinatorReason.Local } => "local",
        CoordinatorPlan => "loopback",
        ShardPlan { Shards: ReferenceShard } => "reference",
        ShardPlan { Shards: NoShards } => "none",
        ShardPlan { Shards: KeyShards { Keys.Length: 1 } or FixedShards } => "router",
        ShardPlan { Shards: KeyShards } => "some",
        ShardPlan => "all",
        ValuesFirstPlan values => Of(values.Inner),
        CombinePlan { Strategy: CombineStrategy.TwoPhases } => "two phases",
        CombinePlan { Strategy: CombineStrategy.RowsUp } => "rows up",
        CombinePlan => "sorted rows",
        RecursivePlan { Subplans: var parts } when parts.Any(p => p.Split is { Beside: null }) => "repartitioned all",
        RecursivePlan { Subplans: var parts } when parts.Any(p => p.Split is not null) => "repartitioned",
        RecursivePlan => "recursive",
        MultiRowInsertPlan => "rows",
        InsertSelectPlan => "select",
        _ => plan.GetType().Name,
    };
}
