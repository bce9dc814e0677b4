using System.Diagnostics;
using Tangelo.Core;
using Tangelo.Workers.Connections;

namespace Tangelo.Workers.Pooling;

/// <summary>
/// The connections of all of a router's pools to one server. So many may be lent at a time, and idle ones of one pool make room for those of another. Who already works on
/// another server for the same transaction comes before who has not begun; the last place is for such a transaction, one at a time in the router, so that
/// transactions which hold places on some servers and wait for others always come to an end.
/// </summary>
public sealed class NodePlaces
{
    // Where nobody has said what the server can take.
    private const int First = 300;

    // For the server's administrator, and for what the router does beside its clients' statements.
    private const int LeftFree = 5;

    private static readonly TimeSpan BeforeLast = TimeSpan.FromMilliseconds(20);

    // Only a restart of the server changes what it takes.
    private static readonly TimeSpan AskedEvery = TimeSpan.FromSeconds(10);

    private readonly string _server;
    private readonly TimeSpan _patience;
    private readonly LastPlaces _last;
    private readonly Lock _gate = new();
    private readonly Places _places = new(First - 1);
    private readonly List<WorkerPool> _pools = [];
    private int _open;
    private int _asked = First;
    private int _takes = int.MaxValue;
    private long _toldAt;
    private int _routers = 1;

    internal NodePlaces(string server, TimeSpan patience, LastPlaces last)
    {
        _server = server;
        _patience = patience;
        _last = last;
    }

    /// <summary>How many connections may be lent at a time.</summary>
    public int Capacity => _places.Capacity + 1;

    /// <summary>How many connections are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>How many wait for one.</summary>
    public int Waiting => _places.Waiting;

    /// <summary>What the cluster's settings say, and with how many routers it is shared.</summary>
    /// <param name="most">The most connections of all routers; 0 for as many as the server takes, negative for any number.</param>
    /// <param name="routers">How many routers there are.</param>
    internal void Share(int most, int routers)
    {
        lock (_gate)
        {
            (_asked, _routers) = (most, routers);
            LimitLocked();
        }
    }

    /// <summary>True when the server is to be asked what it takes: nobody has for a while. Whoever gets this answer asks.</summary>
    internal bool IsToBeAsked
    {
        get
        {
            lock (_gate)
            {
                if (_toldAt != 0 && Stopwatch.GetElapsedTime(_toldAt) < AskedEvery)
                    return false;
                _toldAt = Stopwatch.GetTimestamp();
                return true;
            }
        }
    }

    /// <summary>What the server has told of itself.</summary>
    /// <param name="connections">How many connections ordinary roles may have there.</param>
    internal void Takes(int connections)
    {
        lock (_gate)
        {
            _takes = Math.Max(1, connections - LeftFree);
            LimitLocked();
        }
    }

    internal void Add(WorkerPool pool)
    {
        lock (_gate)
            _pools.Add(pool);
    }

    /// <summary>Takes a place if one is free and nobody waits.</summary>
    internal bool TryEnter() => _places.TryEnter();

    /// <summary>Waits for a place.</summary>
    /// <param name="holder">The transaction, if it holds places on other servers.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>False when it has the last place, which is not counted.</returns>
    /// <exception cref="PgException">53300: none became free in time.</exception>
    internal async ValueTask<bool> EnterAsync(object? holder, CancellationToken cancellation)
    {
        if (holder is null)
        {
            if (await _places.EnterAsync(_patience, cancellation).ConfigureAwait(false))
                return true;
        }
        else
        {
            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < _patience)
            {
                if (await _places.EnterAsync(BeforeLast, cancellation, ahead: true).ConfigureAwait(false))
                    return true;
                if (_last.TryTake(holder))
                    return false;
            }
        }

        throw new PgException(
            SqlState.TooManyConnections, $"none of the {Capacity} connections to the node {_server} became free within {_patience.TotalSeconds:0} s",
            hint: "citus.max_shared_pool_size bounds them, together with the server's max_connections.");
    }

    internal void Leave() => _places.Leave();

    /// <summary>Whoever has a place opens a connection; one that is idle makes room for it.</summary>
    internal void Opens()
    {
        Interlocked.Increment(ref _open);
        CloseSurplus();
    }

    /// <summary>Connections were closed, or could not be opened.</summary>
    internal void Closed(int count = 1) => Interlocked.Add(ref _open, -count);

    /// <summary>True while there are not more connections than there may be.</summary>
    internal bool HasRoom => Open <= Capacity;

    private void CloseSurplus()
    {
        lock (_gate)
        {
            while (Open > Capacity && (_pools.Where(p => p.OldestIdle is not null).MinBy(p => p.OldestIdle)?.CloseOldest() ?? false))
            {
            }
        }
    }

    private void LimitLocked()
    {
        var all = _asked > 0 ? Math.Min(_asked, _takes) : _takes;
        _places.Capacity = Math.Max(1, all / _routers - 1);
        CloseSurplus();
    }
}
