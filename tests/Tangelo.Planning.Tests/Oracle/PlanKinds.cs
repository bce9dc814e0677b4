using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Tests.Oracle;

/// <summary>One word for the rung that made a plan.</summary>
internal static class PlanKinds
{
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
        CombinePlan => "combine",
        MultiRowInsertPlan => "rows",
        InsertSelectPlan => "select",
        _ => plan.GetType().Name,
    };
}
