using PgQuery;

namespace Tangelo.Planning.Explain;

internal static class ExplainPlanner
{
    internal static PlanResult Plan(PlanContext context, ExplainStmt explain) => Rejection.Unsupported("x");
}
