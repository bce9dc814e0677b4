using System.Collections.Concurrent;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Workers.Connections;

namespace Tangelo.Workers.Pooling;

/// <summary>The pools of a router, one per server, database and role.</summary>
/// <param name="coordinator">How group 0 is reached.</param>
/// <param name="localSockets">The directories of the Unix sockets of servers on this machine, by port.</param>
/// <param name="patience">How long a session waits for a connection where all that may be lent are lent.</param>
public sealed class WorkerPools(BackendAddress coordinator, IReadOnlyDictionary<int, string> localSockets, TimeSpan patience) : IDisposable
{
    private readonly ConcurrentDictionary<BackendAddress, WorkerPool> _pools = new();
    private readonly ConcurrentDictionary<(string Host, int Port), NodePlaces> _nodes = new();
    private readonly LastPlaces _last = new();
    private PoolShares _shares = PoolShares.Default;
    private SecondaryReads? _secondaries;

    /// <summary>Every pool.</summary>
    public ICollection<WorkerPool> All => _pools.Values;

    /// <summary>How many connections there may be, as the cluster's settings say.</summary>
    public PoolShares Shares
    {
        get => _shares;
        set
        {
            if (_shares == value)
                return;
            _shares = value;
            foreach (var (server, node) in _nodes)
                Share(server, node);
        }
    }

    /// <summary>The transaction has ended, and holds no connection any more.</summary>
    public void Ended(object transaction) => _last.Leave(transaction);

    /// <summary>By what the connections are opened.</summary>
    public RoleCredentials Credentials { get; } = new(coordinator);

    /// <summary>The standbys.</summary>
    public SecondaryReads Secondaries => _secondaries ?? Interlocked.CompareExchange(ref _secondaries, new SecondaryReads(this), null) ?? _secondaries;

    /// <summary>The pool for <paramref name="group"/>'s primary. Group 0 is reached where the router's own setting says.</summary>
    /// <exception cref="PgException">55000: the group has no primary in this map.</exception>
    public WorkerPool For(ClusterMap map, GroupId group, string database, string user)
    {
        if (group == GroupId.Coordinator)
            return Get((coordinator with { Database = database, User = user }).Through(localSockets));
        var node = map.Primary(group)
            ?? throw new PgException(SqlState.ObjectNotInPrerequisiteState, $"there is no primary node in group {group}");
        return For(node, database, user);
    }

    /// <summary>The pool for a node, which need not be a member yet.</summary>
    public WorkerPool For(Node node, string database, string user) =>
        Get(new BackendAddress(node.Host, node.Port, database, user).Through(localSockets));

    private WorkerPool Get(BackendAddress address) =>
        _pools.TryGetValue(address, out var known) ? known : _pools.GetOrAdd(address, a => new WorkerPool(a, NodeOf(a), Credentials));

    private NodePlaces NodeOf(BackendAddress address)
    {
        var server = (address.Host, address.Port);
        var node = _nodes.GetOrAdd(server, _ => new NodePlaces(address.Node, patience, _last));
        Share(server, node);
        return node;
    }

    private void Share((string Host, int Port) server, NodePlaces node) =>
        node.Share(server == (coordinator.Host, coordinator.Port) ? _shares.Coordinator : _shares.Node, _shares.Routers);

    /// <summary>Closes connections that have been idle longer than <paramref name="age"/>.</summary>
    public void Trim(TimeSpan age)
    {
        foreach (var pool in _pools.Values)
            pool.Trim(age);
    }

    /// <summary>Closes the idle connections to a database on every server.</summary>
    public void CloseIdleConnections(string database)
    {
        foreach (var (address, pool) in _pools)
        {
            if (address.Database == database)
                pool.Trim(TimeSpan.Zero);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var pool in _pools.Values)
            pool.Dispose();
    }
}
