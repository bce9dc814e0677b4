using Tangelo.Core;

namespace Tangelo.Catalog.Model;

/// <summary>A row of <c>pg_dist_node</c>.</summary>
public sealed record Node(
    NodeId Id,
    GroupId Group,
    string Host,
    int Port,
    string Rack,
    bool IsActive,
    bool ShouldHaveShards,
    string Role = "primary",
    string Cluster = "default")
{
    /// <summary>True for the primary of group 0.</summary>
    public bool IsCoordinator => Group == GroupId.Coordinator;

    /// <summary>host:port, as messages show it.</summary>
    public string Address => $"{Host}:{Port}";
}
