namespace Tangelo.Workers.Connections;

/// <summary>What the cluster's settings say of connections to a node as one role.</summary>
/// <param name="Encryption">How they are encrypted.</param>
/// <param name="Password">The role's password there; null when they name none.</param>
public sealed record NodeLogin(ServerEncryption Encryption, BackendCredentials.Password? Password);
