using System.Collections.Immutable;

namespace Tangelo.Planning.Plans;

/// <summary>
/// A statement that calls a distributed function, on the node of the shards that the call needs: <paramref name="Statement"/> calls the
/// <paramref name="Copy"/> of the function there.
/// </summary>
public sealed record CallPlan(ShardPlan Statement, FunctionCopy Copy, bool IsProcedure) : Plan;

/// <summary>
/// A function whose body names the shards of one index in place of their tables. Each has a schema of its own, whose name tells the function, its version
/// and the shards, so one that is there is the right one.
/// </summary>
/// <param name="SchemaPrefix">The schema's name up to the index of the shards.</param>
/// <param name="Script">Makes the schema and the function; for a superuser.</param>
/// <param name="Qualifier">What stands before the function's name where PostgreSQL names it in a CONTEXT: nothing, or its schema.</param>
/// <param name="Names">Names of tables as they stand in the copy, with their shards' numbers taken out, and as its author wrote them.</param>
public sealed record FunctionCopy(string SchemaPrefix, ShardQuery Script, string Qualifier, ImmutableArray<(string Copied, string Written)> Names)
{
    /// <summary>The schema of the copy for the shards of an index.</summary>
    public string SchemaFor(int shard) => SchemaPrefix + shard;
}
