using Tangelo.Core;

namespace Tangelo.Execution.Shards;

/// <summary>One shard's part of a statement, on one placement.</summary>
/// <param name="Group">Where it runs.</param>
/// <param name="ShardIndex">Which shard of the anchor table.</param>
/// <param name="CountsRows">False for the further replicas of a reference table: their rows and counts repeat the first's.</param>
public readonly record struct ShardTask(GroupId Group, int ShardIndex, bool CountsRows = true)
{
    /// <summary>The order in which the rows of tasks that run together come: node by node.</summary>
    public static IEnumerable<T> InOrderOfRows<T>(IEnumerable<T> tasks, Func<T, ShardTask> taskOf) =>
        tasks.GroupBy(t => taskOf(t).Group).SelectMany(g => g);
}
