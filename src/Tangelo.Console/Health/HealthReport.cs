namespace Tangelo.Console.Health;

/// <summary>Whether one server answers.</summary>
/// <param name="Name"><c>coordinator</c> or the node's <c>host:port</c>.</param>
/// <param name="Error">Why it does not, or null when it does.</param>
public sealed record NodeHealth(string Name, bool IsReachable, string? Error);

/// <summary>What <c>/health</c> answers.</summary>
/// <param name="Coordinator">The coordinator as this router reaches it.</param>
/// <param name="Nodes">The active nodes of the metadata other than the coordinator.</param>
public sealed record HealthReport(NodeHealth Coordinator, IReadOnlyList<NodeHealth> Nodes)
{
    /// <summary><c>ok</c>; <c>degraded</c> when a node is missing; <c>down</c> without the coordinator, when nothing can be served.</summary>
    public string Status => !Coordinator.IsReachable ? "down" : Nodes.All(n => n.IsReachable) ? "ok" : "degraded";
}
