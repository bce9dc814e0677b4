using System.Collections.Concurrent;
using System.Diagnostics;
using Tangelo.Protocol.Transport;

namespace Tangelo.Workers.Connections;

/// <summary>
/// Gives up connections to servers that do not confirm what was sent: their machine is gone, or the way there, and nothing says so. TCP itself would go on for a quarter of an
/// hour. Its own limit for that (tcp_user_timeout) does not tell such a server from one that is there and takes nothing in, because it waits for a lock (docs/decisions/0091).
/// </summary>
internal static class SilentServers
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private static readonly ConcurrentDictionary<PgTransport, Watched> Connections = new();
    private static readonly Timer Timer = new(_ => Look(), null, Interval, Interval);

    /// <summary>From now on the connection is looked at.</summary>
    /// <param name="connection">An open one.</param>
    /// <param name="limit">How long its server may be silent.</param>
    public static void Watch(PgTransport connection, TimeSpan limit)
    {
        Connections[connection] = new Watched(limit);
        GC.KeepAlive(Timer);
    }

    /// <summary>The connection is closed.</summary>
    public static void Forget(PgTransport connection) => Connections.TryRemove(connection, out _);

    private static void Look()
    {
        foreach (var (connection, watched) in Connections)
        {
            if (!connection.IsOpen)
                Forget(connection);
            else if (watched.IsSilent(connection))
                connection.GiveUp();
        }
    }

    // Looked at by the timer only. One look that comes before another has ended sees the same.
    private sealed class Watched(TimeSpan limit)
    {
        private long _since;

        public bool IsSilent(PgTransport connection)
        {
            if (!connection.IsUnconfirmed(out var sinceLast))
                _since = 0;
            else if (_since == 0 || sinceLast < Stopwatch.GetElapsedTime(_since))
                _since = Stopwatch.GetTimestamp();
            else
                return Stopwatch.GetElapsedTime(_since) >= limit;
            return false;
        }
    }
}
