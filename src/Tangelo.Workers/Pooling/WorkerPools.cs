using System.Collections.Concurrent;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Workers.Connections;

namespace Tangelo.Workers.Pooling;

/// <summary>The pools of a router, one per server, database and role.</summary>
/// <param name="coordinator">How group 0 is reached.</param>
/// <param name="localSockets">The directories of the Unix sockets of servers on this machine, by port.</param>
/// <param name="capacityPerPool">How many connections a pool may open.</param>
public sealed class WorkerPools(BackendAddress coordinator, IReadOnlyDictionary<int, string> localSockets, int capacityPerPool = 300) : IDisposable
{
    private readonly ConcurrentDictionary<BackendAddress, WorkerPool> _pools = new();

    /// <summary>By what the connections are opened.</summary>
    public RoleCredentials Credentials { get; } = new(coordinator);

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

    private WorkerPool Get(BackendAddress address) => _pools.GetOrAdd(address, a => new WorkerPool(a, capacityPerPool, Credentials));

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
