using System.Collections.Concurrent;

namespace Tangelo.Workers.Connections;

/// <summary>By what a router logs in at the nodes as its clients' roles: what each client has shown when it came. In memory only.</summary>
/// <param name="own">The router's own role.</param>
public sealed class RoleCredentials(BackendAddress own)
{
    private readonly ConcurrentDictionary<string, BackendCredentials> _shown = new();
    private readonly NodePrimaries _primaries = new();

    /// <summary>A client has logged in as the role.</summary>
    public void Learn(string role, BackendCredentials credentials) => _shown[role] = credentials;

    /// <summary>What is known for the role, or null.</summary>
    public BackendCredentials? For(string role) =>
        role == own.User && own.Password is { } password ? new BackendCredentials.Password(password) : _shown.GetValueOrDefault(role);

    /// <summary>Called when a node has refused a role, which it lacks or knows with another password. True when it was given what the coordinator has.</summary>
    public Func<BackendAddress, CancellationToken, Task<bool>>? GiveRoleAsync { get; set; }

    /// <summary>Tells what the cluster's settings say of a node that is not the coordinator, as the role of the address. Null: nothing.</summary>
    public Func<BackendAddress, CancellationToken, Task<NodeLogin>>? AskSettingsAsync { get; set; }

    /// <summary>Called when a node of several servers has a primary on a newer timeline than the settings knew.</summary>
    public Func<BackendAddress, long, CancellationToken, Task>? TimelineSeenAsync { get; set; }

    /// <summary>The server that was the primary of a node when it was last connected to; the first of several when none was.</summary>
    public BackendAddress PrimaryOf(BackendAddress node)
    {
        if (!NodeHosts.AreSeveral(node.Host))
            return node;
        var (host, port) = _primaries.LastOf(node) ?? NodeHosts.Of(node.Host, node.Port)[0];
        return node with { Host = host, Port = port };
    }

    /// <summary>Connects to a node and logs in, by what the settings say, and else by what is known for the role.</summary>
    /// <param name="node">Where and as whom.</param>
    /// <param name="parameters">Start-up parameters.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="patience">How long to wait for the server, or for a primary where the node is several servers; by default as long as is usual, and for no primary.</param>
    /// <param name="shown">What the role has shown just now; by default what is known of it.</param>
    /// <exception cref="Tangelo.Core.PgException">The server's refusal, or 08006 when it cannot be reached.</exception>
    public async Task<BackendConnection> ConnectAsync(
        BackendAddress node, IEnumerable<KeyValuePair<string, string>> parameters, CancellationToken cancellation, TimeSpan patience = default, BackendCredentials? shown = null)
    {
        var login = node.Encryption is null && AskSettingsAsync is { } ask ? await ask(node, cancellation).ConfigureAwait(false) : null;
        if (!NodeHosts.AreSeveral(node.Host))
            return await OpenWithinAsync(node, patience, cancellation).ConfigureAwait(false);
        var (connection, timeline) = await _primaries.ConnectAsync(node, (server, limit) => OpenWithinAsync(server, default, limit), login?.Timeline ?? 0, patience, cancellation).ConfigureAwait(false);
        if (login is not null && timeline > login.Timeline && TimelineSeenAsync is { } tell)
            await tell(node, timeline, cancellation).ConfigureAwait(false);
        return connection;

        async Task<BackendConnection> OpenWithinAsync(BackendAddress server, TimeSpan longest, CancellationToken limit)
        {
            var known = login is null ? server : server with { Encryption = login.Encryption, Liveness = login.Liveness };
            var opened = await BackendConnection.ConnectAsync(known, parameters, limit, login?.Password ?? shown ?? For(node.User), longest).ConfigureAwait(false);
            opened.IsRestricted = node.User == own.User && opened.Parameters.GetValueOrDefault("is_superuser") == "off";
            return opened;
        }
    }
}
