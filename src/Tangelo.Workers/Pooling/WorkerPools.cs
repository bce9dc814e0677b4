using System.Collections.Concurrent;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Workers.Connections;

namespace Tangelo.Workers.Pooling;

/// <summary>The pools of a router, one per server, database and role.</summary>
public sealed class WorkerPools(BackendAddress coordinator, int capacityPerPool = 300) : IDisposable
{
    private readonly ConcurrentDictionary<BackendAddress, WorkerPool> _pools = new();

    /// <summary>The pool for <paramref name="group"/>'s primary. Group 0 is reached where the router's own setting says.</summary>
    /// <exception cref="PgException">55000: the group has no primary in this map.</exception>
    public WorkerPool For(ClusterMap map, GroupId group, string database, string user)
    {
        if (group == GroupId.Coordinator)
            return Get(coordinator with { Database = database, User = user });
        var node = map.Primary(group)
            ?? throw new PgException(SqlState.ObjectNotInPrerequisiteState, $"there is no primary node in group {group}");
        return Get(new BackendAddress(node.Host, node.Port, database, user));
    }

    /// <summary>The pool for an address.</summary>
    public WorkerPool Get(BackendAddress address) => _pools.GetOrAdd(address, a => new WorkerPool(a, capacityPerPool));

    /// <summary>Closes connections that have been idle longer than <paramref name="age"/>.</summary>
    public void Trim(TimeSpan age)
    {
        foreach (var pool in _pools.Values)
            pool.Trim(age);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var pool in _pools.Values)
            pool.Dispose();
    }
}
