using Tangelo.Execution.Shards;

namespace Tangelo.Execution.Operators;

/// <summary>What one placement gets of a <see cref="Tangelo.Planning.Plans.MultiRowInsertPlan"/>.</summary>
/// <param name="Task">Shard and placement.</param>
/// <param name="Sql">The statement.</param>
/// <param name="Rows">Which rows of the client's VALUES are in it, in order.</param>
internal sealed record InsertPart(ShardTask Task, byte[] Sql, int[] Rows);
