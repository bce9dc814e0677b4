using Tangelo.Catalog.Model;

namespace Tangelo.Planning.Plans;

/// <summary>
/// UPDATE or DELETE ... WHERE CURRENT OF: the session finds out where the cursor's row is, and runs <paramref name="Sql"/>, which is planned like any other
/// statement. Its parameters are the client's, followed by the row's ctid over the loopback and, for a partitioned table, its tableoid.
/// </summary>
public sealed record CurrentOfPlan(DistributedTable Table, string Cursor, string Sql) : Plan
{
    /// <summary>True when the row may go to another shard, where the cursor does not find it again.</summary>
    public bool Moves { get; init; }
}
