namespace Tangelo.Cluster.Metadata;

/// <summary>What the coordinator must know to call the router back.</summary>
/// <param name="LoopbackHost">The router's address as the coordinator's server reaches it.</param>
/// <param name="LoopbackPort">The router's port.</param>
/// <param name="Secret">The password of the loopback for a first installation; an installed one is kept.</param>
public sealed record InstallOptions(string LoopbackHost, int LoopbackPort, string Secret);
