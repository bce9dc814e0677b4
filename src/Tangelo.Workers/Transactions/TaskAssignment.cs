namespace Tangelo.Workers.Transactions;

/// <summary>Which of a shard's placements is read: the values of <c>citus.task_assignment_policy</c>.</summary>
public enum TaskAssignment
{
    /// <summary>That of the node which has the fewest shards of the statement so far.</summary>
    Greedy,

    /// <summary>Another one for each statement, in turn.</summary>
    RoundRobin,

    /// <summary>The first.</summary>
    FirstReplica,
}
