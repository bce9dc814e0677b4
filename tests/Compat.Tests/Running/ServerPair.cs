using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Running;

/// <summary>The server that is right by definition and the one that is compared with it.</summary>
/// <param name="Plain">One plain PostgreSQL.</param>
/// <param name="Cluster">A router, or a second plain PostgreSQL when the suite itself is tested.</param>
/// <param name="IsCluster">Whether <paramref name="Cluster"/> is a router and knows its settings and functions.</param>
internal sealed record ServerPair(ServerAddress Plain, ServerAddress Cluster, bool IsCluster);
