using System.Diagnostics;
using Tangelo.Core;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Links;

/// <summary>
/// The backends that a router has on the coordinator for its clients, where it lends them: at most so many, for all databases and roles together. Who comes first is
/// served first; an idle link of another key makes room for one that is needed.
/// </summary>
/// <param name="capacity">The most links.</param>
/// <param name="patience">How long a session waits for one.</param>
internal sealed class CoordinatorLinks(int capacity, TimeSpan patience) : IDisposable
{
    private readonly SemaphoreSlim _room = new(capacity, capacity);

    // The one given back last stands first.
    private readonly LinkedList<CoordinatorLink> _idle = new();
    private int _open;
    private bool _disposed;

    /// <summary>Waits until a link may be had; <see cref="Leave"/> or <see cref="Return"/> gives the place back.</summary>
    /// <exception cref="PgException">53300: none became free in time.</exception>
    public async ValueTask EnterAsync(CancellationToken cancellation)
    {
        if (!await _room.WaitAsync(patience, cancellation).ConfigureAwait(false))
        {
            throw new PgException(
                SqlState.TooManyConnections,
                $"none of the {capacity} connections to the coordinator became free within {patience.TotalSeconds:0} s",
                hint: "Sessions hold one during a transaction, and while citus_pinned_sessions shows them.");
        }
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
            keep &= !_disposed;
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
        _room.Release();
    }

    /// <summary>The link of a place was closed, or never opened.</summary>
    public void Leave()
    {
        lock (_idle)
            _open--;
        _room.Release();
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
                    _idle.Remove(node);
                    _open--;
                    node.Value.Dispose();
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
        if (_open >= capacity && _idle.Last is { } oldest)
        {
            _idle.RemoveLast();
            oldest.Value.Dispose();
            _open--;
        }

        _open++;
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
