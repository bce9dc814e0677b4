using System.Collections.Immutable;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Workers.Transactions;

namespace Tangelo.Execution.Shards;

/// <summary>Chooses the placement that is read where a shard has several: by <c>citus.task_assignment_policy</c>, among those whose node answers.</summary>
internal sealed class PlacementReaders(IExecutionContext context)
{
    private static int Turn;

    /// <summary>The tasks on the placements that are to be read. Their nodes take part in the transaction then.</summary>
    /// <exception cref="PgException">No placement of a shard can be reached.</exception>
    public async ValueTask<IReadOnlyList<ShardTask>> ChooseAsync(DistributedTable table, IReadOnlyList<ShardTask> tasks, CancellationToken cancellation)
    {
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        var turn = settings.Assignment == TaskAssignment.RoundRobin ? (int)((uint)Interlocked.Increment(ref Turn) % 1024) : 0;
        var lost = new HashSet<GroupId>();
        while (true)
        {
            var chosen = Choose(table, tasks, settings.Assignment, turn, lost);
            var reached = true;
            foreach (var group in chosen.Select(t => t.Group).Distinct())
                reached = reached && await ReachAsync(group, settings, lost, chosen, table, cancellation).ConfigureAwait(false);
            if (reached)
                return chosen;
        }
    }

    /// <returns>False when the node does not answer, and others have what it has.</returns>
    private async ValueTask<bool> ReachAsync(
        GroupId group, SessionSettings settings, HashSet<GroupId> lost, List<ShardTask> chosen, DistributedTable table, CancellationToken cancellation)
    {
        try
        {
            await context.Transaction.JoinAsync(context.Map, group, settings, write: false, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (PgException e) when (ReplicaLocks.IsUnreachable(e)
            && chosen.Where(t => t.Group == group).All(t => table.Shards[t.ShardIndex].Placements.Any(g => g != group && !lost.Contains(g))))
        {
            lost.Add(group);
            return false;
        }
    }

    private List<ShardTask> Choose(DistributedTable table, IReadOnlyList<ShardTask> tasks, TaskAssignment policy, int turn, HashSet<GroupId> lost)
    {
        var load = new Dictionary<GroupId, int>();
        var chosen = new List<ShardTask>(tasks.Count);
        foreach (var task in tasks)
        {
            var placements = Reachable(table.Shards[task.ShardIndex].Placements, lost);
            var group = policy switch
            {
                TaskAssignment.RoundRobin => placements[(turn + task.ShardIndex) % placements.Length],
                TaskAssignment.Greedy => placements.MinBy(g => load.GetValueOrDefault(g)),
                _ => placements[0],
            };
            load[group] = load.GetValueOrDefault(group) + 1;
            chosen.Add(task with { Group = group });
        }

        return chosen;
    }

    private ImmutableArray<GroupId> Reachable(ImmutableArray<GroupId> placements, HashSet<GroupId> lost)
    {
        if (placements.Length < 2)
            return placements;
        var up = placements.RemoveAll(g => lost.Contains(g) || context.Transaction.IsDown(context.Map, g));
        return !up.IsEmpty ? up : placements.RemoveAll(lost.Contains) is { IsEmpty: false } untried ? untried : placements;
    }
}
