using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Which statements outside of a transaction block run again when they fail before the client has seen anything of them: with a map that is read
/// anew, and on other connections.
/// </summary>
internal static class SecondTry
{
    /// <summary>True where a shard, or the copy of a function, was not found, or where a query in parts met a connection that had ended in the pool.</summary>
    /// <remarks>Other plans notice such a connection by themselves: their connections are in no transaction.</remarks>
    public static bool Helps(Plan plan, PgError error) =>
        plan is not (CopyFromPlan or DdlPlan)
        && (error.Code == SqlState.UndefinedTable || (plan is CallPlan && error.Code == SqlState.InvalidSchemaName) || (error.Code == SqlState.ConnectionFailure && OnlyReadsInParts(plan)));

    private static bool OnlyReadsInParts(Plan plan) => plan switch
    {
        ValuesFirstPlan values => OnlyReadsInParts(values.Inner),
        RecursivePlan { Writes: false } => true,
        _ => false,
    };
}
