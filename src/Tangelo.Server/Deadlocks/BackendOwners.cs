using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Deadlocks;

/// <summary>For which client sessions the nodes' backends work: this router's, and those of other routers that wait for locks.</summary>
internal sealed class BackendOwners
{
    // Node and process in one number, as Citus has it.
    private const long NodeFactor = 10_000_000_000;

    private readonly Dictionary<(GroupId Group, int Pid), int> _links = [];
    private readonly ClusterMap _map;

    private BackendOwners(ClusterMap map) => _map = map;

    /// <summary>Reads who they are now.</summary>
    public static async Task<BackendOwners> ReadAsync(RouterState router, DatabaseState database, CancellationToken cancellation)
    {
        var owners = new BackendOwners(database.Map);
        var waiting = await router.OnNodeAsync(database, GroupId.Coordinator, WaitingSessions.ReadAsync, cancellation).ConfigureAwait(false);
        foreach (var session in waiting)
            owners.Add(session.Link, session.Backends);
        foreach (var session in router.Sessions.All.Where(s => s.Context.Database == database))
            owners.Add(session.LinkPid, session.Context.Transaction.Backends);
        return owners;
    }

    /// <summary>The node number of the coordinator, 0 where it is no member.</summary>
    public int CoordinatorNode => NodeOf(GroupId.Coordinator);

    /// <summary>The number of a group's node.</summary>
    public int NodeOf(GroupId group) => _map.Primary(group)?.Id.Value ?? 0;

    /// <summary>The global process id of the session that a backend works for; its own where that is not known.</summary>
    public long GlobalPid(GroupId group, int pid) =>
        _links.TryGetValue((group, pid), out var link) ? (CoordinatorNode * NodeFactor) + link : (NodeOf(group) * NodeFactor) + pid;

    /// <summary>The backends that work for the session of a link.</summary>
    public IEnumerable<(GroupId Group, int Pid)> Of(int link) => _links.Where(l => l.Value == link).Select(l => l.Key);

    private void Add(int link, IEnumerable<(GroupId Group, int Pid)> backends)
    {
        // A session without a link has no number that anybody could use.
        if (link < 0)
            return;
        foreach (var backend in backends)
            _links[backend] = link;
    }
}
