using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Shards;

namespace Tangelo.Server.Deadlocks;

/// <summary>Sessions that wait for each other in a circle.</summary>
internal sealed record Deadlock(IReadOnlyList<Wait> Waits)
{
    /// <summary>The youngest transaction of the circle: it has done the least.</summary>
    public WaitingSession Victim => Waits.Select(w => w.Waiter).MaxBy(s => (s.Began, s.Router, s.Link))!;

    /// <summary>What the victim's client is told.</summary>
    /// <param name="cancelled">The error with which its statement ended.</param>
    /// <param name="map">The shards, whose names mean nothing to a client.</param>
    /// <param name="reader">Whose statements the client may see; null when it may see all.</param>
    public PgError Explain(PgError cancelled, ClusterMap map, string? reader) => cancelled with
    {
        Code = SqlState.DeadlockDetected,
        Message = "deadlock detected",
        Detail = Waits.Count == 1 ? "The transaction waits on the coordinator for what it has done to the coordinator's shards." : string.Join("\n", Waits.Select(Line).Concat(Waits.Select(w => Statement(w, map, reader)))),
        Hint = Waits.Count == 1 ? "Use a transaction for each of these steps." : "The transactions wait for each other on different nodes.",
    };

    private static string Line(Wait wait) => $"Process {wait.Waiter.Link} waits for a lock that process {wait.Holder.Link} holds.";

    // PostgreSQL says the same of another role's statement in pg_stat_activity.
    private static string Statement(Wait wait, ClusterMap map, string? reader) => reader is not null && wait.User != reader
        ? $"Process {wait.Waiter.Link}: <insufficient privilege>"
        : $"Process {wait.Waiter.Link}: {ShardNameEraser.Erase(new PgError { Code = SqlState.DeadlockDetected, Message = wait.Statement }, map).Message}";
}
