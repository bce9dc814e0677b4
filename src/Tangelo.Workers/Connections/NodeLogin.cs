namespace Tangelo.Workers.Connections;

/// <summary>What the cluster's settings say of connections to a node as one role.</summary>
/// <param name="Encryption">How they are encrypted.</param>
/// <param name="Liveness">How it is found out that it is silent.</param>
/// <param name="Password">The role's password there; null when they name none.</param>
/// <param name="Timeline">Where the node is several servers: the newest timeline that a primary among them has had; 0 when none is known.</param>
public sealed record NodeLogin(ServerEncryption Encryption, ServerLiveness Liveness, BackendCredentials.Password? Password, long Timeline = 0);
