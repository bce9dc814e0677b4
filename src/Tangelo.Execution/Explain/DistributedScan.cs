using System.Collections.Immutable;

namespace Tangelo.Execution.Explain;

/// <summary>The distributed part of a plan, as EXPLAIN shows it: tasks on nodes.</summary>
/// <param name="TaskCount">How many shards take part.</param>
/// <param name="Shown">The tasks that are shown: one, or all.</param>
internal sealed record DistributedScan(int TaskCount, ImmutableArray<ExplainedTask> Shown)
{
    /// <summary>Names of the columns that come up; empty when they are not shown.</summary>
    public ImmutableArray<string> OutputNames { get; init; } = [];

    /// <summary>How many rows PostgreSQL may assume, where nobody has counted them.</summary>
    public long EstimatedRows { get; init; }

    /// <summary>How it ran; null when it did not.</summary>
    public ScanTiming? Timing { get; init; }

    /// <summary>Bytes of values from all nodes; null when not measured.</summary>
    public long? ReceivedBytes { get; init; }

    /// <summary>"All" or "One of N".</summary>
    public string TasksShown => Shown.Length >= TaskCount ? "All" : $"One of {TaskCount}";
}

/// <summary>How a scan ran: milliseconds and rows.</summary>
internal readonly record struct ScanTiming(double Milliseconds, long Rows);

/// <summary>One task and what its node says of it.</summary>
/// <param name="Node">host=... port=... dbname=...</param>
/// <param name="Query">The shard's statement; null when it is not shown.</param>
/// <param name="ReceivedBytes">Bytes of values that it sent; null when not measured.</param>
/// <param name="Plan">The lines of the node's own EXPLAIN, in the wanted format.</param>
internal sealed record ExplainedTask(string Node, string? Query, long? ReceivedBytes, List<string> Plan);
