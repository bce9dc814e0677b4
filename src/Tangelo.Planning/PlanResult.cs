using System.Diagnostics.CodeAnalysis;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning;

/// <summary>What a rung answers: a plan, or the reason why the next rung has to try.</summary>
internal readonly record struct PlanResult(Plan? Plan, Rejection? Rejection)
{
    public static implicit operator PlanResult(Plan plan) => new(plan, null);

    public static implicit operator PlanResult(Rejection rejection) => new(null, rejection);

    internal bool Succeeded([NotNullWhen(true)] out Plan? plan)
    {
        plan = Plan;
        return plan is not null;
    }
}
