using System.Collections.Concurrent;

namespace Tangelo.Workers.Connections;

/// <summary>By what a router logs in at the nodes as its clients' roles: what each client has shown when it came. In memory only.</summary>
/// <param name="own">The router's own role.</param>
public sealed class RoleCredentials(BackendAddress own)
{
    private readonly ConcurrentDictionary<string, BackendCredentials> _shown = new();

    /// <summary>A client has logged in as the role.</summary>
    public void Learn(string role, BackendCredentials credentials) => _shown[role] = credentials;

    /// <summary>What is known for the role, or null.</summary>
    public BackendCredentials? For(string role) =>
        role == own.User && own.Password is { } password ? new BackendCredentials.Password(password) : _shown.GetValueOrDefault(role);

    /// <summary>Called when a node has refused a role, which it lacks or knows with another password. True when it was given what the coordinator has.</summary>
    public Func<BackendAddress, CancellationToken, Task<bool>>? GiveRoleAsync { get; set; }
}
