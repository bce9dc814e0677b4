using Tangelo.Catalog.Model;

namespace Tangelo.Planning.Plans;

/// <summary>
/// REFRESH of a distributed materialized view: the session empties it and plans the INSERT that fills it, all in one transaction. Never cached.
/// </summary>
/// <param name="View">The view.</param>
/// <param name="Concurrently">Readers see the old rows until the transaction ends.</param>
/// <param name="WithData">False: it cannot be read afterwards.</param>
public sealed record RefreshPlan(DistributedTable View, bool Concurrently, bool WithData) : Plan;
