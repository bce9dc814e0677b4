using PgQuery;

namespace Tangelo.Planning.Copy;

internal static class CopyPlanner
{
    internal static PlanResult Plan(PlanContext context, CopyStmt insert) => Rejection.Unsupported("x");
}
