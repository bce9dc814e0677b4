using PgQuery;

namespace Tangelo.Planning.Inserts;

internal static class InsertPlanner
{
    internal static PlanResult Plan(PlanContext context, InsertStmt insert) => Rejection.Unsupported("x");
}
