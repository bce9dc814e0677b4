using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Workers.Connections;

namespace Tangelo.Workers.Pooling;

/// <summary>
/// Connections to the standbys of a group, one after the other in turn. One that is too far behind is passed over, and so is one that has been promoted: it has a
/// history of its own.
/// </summary>
public sealed class SecondaryReads(WorkerPools pools)
{
    // A standby that has replayed all it has received, and still receives, is not behind; one that is cut off is as old as its last transaction.
    private const string Lag =
        """
        SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN NULL
            WHEN pg_catalog.pg_last_wal_replay_lsn() >= pg_catalog.pg_last_wal_receive_lsn() AND EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) THEN 0
            ELSE coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) * 1000, 2147483647)::int8 END
        """;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<BackendAddress, (long At, long? Lag)> _known = new();
    private int _turn;

    /// <summary>Lends a connection to a standby of a group.</summary>
    /// <param name="map">The nodes.</param>
    /// <param name="group">The group.</param>
    /// <param name="database">The database.</param>
    /// <param name="user">The role.</param>
    /// <param name="most">How far behind it may be.</param>
    /// <param name="lend">Lends one of a pool's.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">55000: there is none. 57014: it was waited for too long.</exception>
    public async ValueTask<(WorkerPool Pool, BackendConnection Connection)> LendAsync(
        ClusterMap map, GroupId group, string database, string user, TimeSpan most, Func<WorkerPool, ValueTask<BackendConnection>> lend, CancellationToken cancellation)
    {
        var nodes = map.Secondaries(group);
        if (nodes.IsEmpty)
            throw new PgException(SqlState.ObjectNotInPrerequisiteState, $"node group {group} does not have a secondary node", hint: "Add one with citus_add_secondary_node.");
        var first = (uint)Interlocked.Increment(ref _turn);
        var reasons = new List<string>();
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[(int)((first + i) % (uint)nodes.Length)];
            try
            {
                var pool = pools.For(node, database, user);
                var connection = await lend(pool).ConfigureAwait(false);
                if (await RefusalAsync(pool, connection, most, cancellation).ConfigureAwait(false) is not { } reason)
                    return (pool, connection);
                pool.Return(connection);
                reasons.Add($"{node.Address}: {reason}");
            }
            catch (PgException e) when (e.Code != SqlState.QueryCanceled)
            {
                reasons.Add($"{node.Address}: {e.Error.Message}");
            }
        }

        throw new PgException(
            SqlState.ObjectNotInPrerequisiteState, $"node group {group} does not have a secondary node that can be read now", string.Join('\n', reasons),
            "Read from the primary nodes, with citus.use_secondary_nodes = 'never'.");
    }

    private async ValueTask<string?> RefusalAsync(WorkerPool pool, BackendConnection connection, TimeSpan most, CancellationToken cancellation)
    {
        if (!_known.TryGetValue(pool.Address, out var known) || Stopwatch.GetElapsedTime(known.At) > Interval)
        {
            try
            {
                var rows = await connection.QueryAsync(Lag, cancellation).ConfigureAwait(false);
                known = (Stopwatch.GetTimestamp(), rows[0][0] is { } lag ? long.Parse(lag, CultureInfo.InvariantCulture) : null);
            }
            catch
            {
                connection.Abort();
                pool.Return(connection);
                throw;
            }

            _known[pool.Address] = known;
        }

        return known.Lag switch
        {
            null => "is not a standby any more",
            { } lag when lag > most.TotalMilliseconds => string.Create(CultureInfo.InvariantCulture, $"is {lag / 1000.0:0.0} s behind"),
            _ => null,
        };
    }
}
