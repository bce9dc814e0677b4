using System.Diagnostics.CodeAnalysis;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Ddl;

/// <summary>
/// The rung of the ladder for utility statements that name a distributed or reference table, or something that belongs to one
/// (an index, a constraint, a type of a column).
/// </summary>
public static class DdlPlanner
{
    /// <summary>
    /// Gives a <see cref="DdlPlan"/>, a <see cref="CatalogProbePlan"/> (run it and ask again), or a <see cref="CoordinatorPlan"/> for what
    /// concerns only the coordinator's catalog. False for a statement that is no business of this rung.
    /// </summary>
    /// <exception cref="PgException">The change is not possible on a distributed table.</exception>
    public static bool TryPlan(PlanRequest request, [NotNullWhen(true)] out Plan? plan)
    {
        ArgumentNullException.ThrowIfNull(request);
        plan = null;
        return false;
    }
}
