using System.Diagnostics;
using Tangelo.Core;
using Tangelo.Workers.Pooling;

namespace Tangelo.Server.Links;

/// <summary>
/// The backends that a router has on the coordinator for its clients, where it lends them: at most so many, for all databases and roles together. While there are enough, a
/// session that waits for its client keeps its link, parked. When somebody needs one, the session that has been parked for the longest is asked for its link. Who comes first
/// is served first; an idle link of another key makes room for one that is needed.
/// </summary>
/// <param name="capacity">The most links, at first.</param>
/// <param name="patience">How long a session waits for one.</param>
internal sealed class CoordinatorLinks(int capacity, TimeSpan patience) : IDisposable
{
    // After somebody had to wait, sessions give their links back at once: the next one need not ask.
    private static readonly TimeSpan PressureLasts = TimeSpan.FromSeconds(1);

    private readonly Places _places = new(capacity);

    // Clients may put what is different with every connection into a start-up parameter.
    private readonly BoundedCache<LinkKey, KnownLinkSettings> _known = new(500);

    // The one given back last stands first.
    private readonly LinkedList<CoordinatorLink> _idle = new();

    // The one parked for the longest stands first. Guarded by _idle, too.
    private readonly LinkedList<LinkLease> _parked = new();
    private long _pressed = Stopwatch.GetTimestamp() - Stopwatch.Frequency * 60;
    private int _open;
    private bool _disposed;

    /// <summary>How many links there may be.</summary>
    public int Capacity
    {
        get => _places.Capacity;
        set
        {
            if (_places.Capacity == value)
                return;
            _places.Capacity = value;
            lock (_idle)
            {
                while (_open > value && _idle.Last is { } oldest)
                    CloseLocked(oldest);
            }
        }
    }

    private bool IsPressed => Stopwatch.GetElapsedTime(Volatile.Read(ref _pressed)) < PressureLasts || _places.Waiting > 0 || _places.Taken > _places.Capacity;

    /// <summary>What has been found of links of this key.</summary>
    public KnownLinkSettings KnownSettings(LinkKey key) => _known.GetOrAdd(key, _ => new KnownLinkSettings());

    /// <summary>Waits until a link may be had; <see cref="Leave"/> or <see cref="Return"/> gives the place back.</summary>
    /// <exception cref="PgException">53300: none became free in time.</exception>
    public ValueTask EnterAsync(CancellationToken cancellation) => _places.TryEnter() ? ValueTask.CompletedTask : WaitAsync(cancellation);

    /// <summary>A session that has a link waits for its client. True: it may keep the link until somebody needs it, see <see cref="Unpark"/>.</summary>
    public bool Park(LinkLease session)
    {
        lock (_idle)
        {
            if (_disposed || IsPressed)
                return false;
            session.Parking = _parked.AddLast(session);
            return true;
        }
    }

    /// <summary>Its client has sent something. False when its link is just being asked for.</summary>
    public bool Unpark(LinkLease session)
    {
        lock (_idle)
        {
            if (session.Parking is not { } node)
                return false;
            session.Parking = null;
            _parked.Remove(node);
            return true;
        }
    }

    /// <summary>Has every parked session give its link back, or tell why it cannot.</summary>
    public async Task AskAllAsync()
    {
        var asking = new List<Task>();
        while (TakeParked() is { } session)
            asking.Add(session.AskAsync());
        await Task.WhenAll(asking).ConfigureAwait(false);
    }

    /// <summary>An idle link for this session, or null: the caller opens one then.</summary>
    public CoordinatorLink? TakeIdle(LinkKey key, LinkLease session)
    {
        lock (_idle)
        {
            while (Best(key, session) is { } node)
            {
                _idle.Remove(node);
                var link = node.Value;

                // What an idle server sends is the end of the connection, or news that a new one learns at its start.
                if (link.Connection.IsHealthy && !link.Connection.HasWaiting)
                    return link;
                _open--;
                link.Dispose();
            }

            MakeRoomLocked();
            return null;
        }
    }

    /// <summary>The caller, who has a place, opens a link.</summary>
    public void MakeRoom()
    {
        lock (_idle)
            MakeRoomLocked();
    }

    /// <summary>A session has done with its link, on which nothing of it is left that <see cref="CoordinatorLink"/> does not tell.</summary>
    public void Return(CoordinatorLink link)
    {
        var connection = link.Connection;
        var keep = connection.IsHealthy && connection.Status == (byte)'I' && connection.Out.Length == 0 && connection.In.Length == 0;
        lock (_idle)
        {
            keep &= !_disposed && _open <= _places.Capacity;
            if (keep)
            {
                link.IdleSince = Stopwatch.GetTimestamp();
                _idle.AddFirst(link);
            }
            else
            {
                _open--;
            }
        }

        if (!keep)
            link.Dispose();
        _places.Leave();
    }

    /// <summary>The link of a place was closed, or never opened.</summary>
    public void Leave()
    {
        lock (_idle)
            _open--;
        _places.Leave();
    }

    /// <summary>Closes links that have been idle longer than <paramref name="age"/>; of one database, or of all.</summary>
    public void Trim(TimeSpan age, string? database = null)
    {
        lock (_idle)
        {
            for (var node = _idle.First; node is not null;)
            {
                var next = node.Next;
                if ((database is null || node.Value.Key.Database == database) && Stopwatch.GetElapsedTime(node.Value.IdleSince) >= age)
                {
                    CloseLocked(node);
                }

                node = next;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_idle)
            _disposed = true;
        Trim(TimeSpan.Zero);
    }

    // Where all are open one of them is idle, for the caller has a place.
    private void MakeRoomLocked()
    {
        if (_open >= _places.Capacity && _idle.Last is { } oldest)
            CloseLocked(oldest);
        _open++;
    }

    private void CloseLocked(LinkedListNode<CoordinatorLink> idle)
    {
        _idle.Remove(idle);
        _open--;
        idle.Value.Dispose();
    }

    private async ValueTask WaitAsync(CancellationToken cancellation)
    {
        Volatile.Write(ref _pressed, Stopwatch.GetTimestamp());
        var entering = _places.EnterAsync(patience, cancellation);
        if (!entering.IsCompleted)
            _ = AskOneAsync();
        if (!await entering.ConfigureAwait(false))
        {
            throw new PgException(
                SqlState.TooManyConnections,
                $"none of the {_places.Capacity} connections to the coordinator became free within {patience.TotalSeconds:0} s",
                hint: "Sessions hold one during a transaction, and while citus_pinned_sessions shows them.");
        }
    }

    // One that has to keep its link stays out of the list until its client is heard of again.
    private async Task AskOneAsync()
    {
        while (TakeParked() is { } session && !await session.AskAsync().ConfigureAwait(false))
        {
        }
    }

    private LinkLease? TakeParked()
    {
        lock (_idle)
        {
            if (_parked.First is not { } first)
                return null;
            _parked.RemoveFirst();
            first.Value.Parking = null;
            first.Value.BeginAsking();
            return first.Value;
        }
    }

    // The session's last one, else one with its settings, else any of its key.
    private LinkedListNode<CoordinatorLink>? Best(LinkKey key, LinkLease session)
    {
        LinkedListNode<CoordinatorLink>? best = null;
        var bestRank = 0;
        for (var node = _idle.First; node is not null; node = node.Next)
        {
            var link = node.Value;
            if (link.Key != key || !session.Suits(link))
                continue;
            var rank = link.LastHolder == session ? 3 : link.Settings.Sql == session.Settings.Sql ? 2 : 1;
            if (rank > bestRank)
                (best, bestRank) = (node, rank);
        }

        return best;
    }
}
