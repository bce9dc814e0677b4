using Tangelo.Core;

namespace Tangelo.Catalog.Model;

/// <summary>A function or procedure whose calls are distributed by one of their arguments.</summary>
/// <param name="Oid">pg_proc's.</param>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsProcedure">True for what CALL calls.</param>
/// <param name="DistributionArgument">The argument, from 0, of those that a caller gives a value to.</param>
/// <param name="Colocation">The tables whose shards a call needs.</param>
public sealed record DistributedFunction(Oid Oid, string Schema, string Name, bool IsProcedure, int DistributionArgument, ColocationId Colocation);
