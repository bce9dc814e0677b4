using Microsoft.Extensions.Logging;
using Npgsql;
using Tangelo.Cluster.Metadata;
using Tangelo.Workers.Pooling;

namespace Tangelo.Server.Hosting;

/// <summary>
/// How many connections this router may have: to the nodes and for the coordinator's shards its equal part of what the cluster's settings give to all routers that live, and to the
/// coordinator for its clients, where nothing else was said, its part of what the coordinator can take.
/// </summary>
internal sealed partial class ConnectionLimits(RouterState router)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A router's own connections to the coordinator, and an administrator's.
    private const int Reserve = 30;

    // What the values are now; a session knows those that it began with.
    private static readonly string Sql =
        $"""
        SELECT s.value ->> 'citus.max_shared_pool_size', s.value ->> 'citus.local_shared_pool_size', s.value ->> 'citus.max_client_connections',
            {ServerCapacity.Expression},
            (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
                WHERE pg_catalog.starts_with(a.application_name, '{MetadataInstaller.PresencePrefix}') AND r.rolsuper),
            EXISTS (SELECT FROM pg_catalog.pg_dist_node WHERE groupid = 0)
        FROM (SELECT coalesce(pg_catalog.jsonb_object_agg(pg_catalog.split_part(c, '=', 1), pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)), pg_catalog.jsonb_build_object()) AS value
            FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) c
            WHERE s.setrole = 0 AND d.datname = pg_catalog.current_database()) s
        """;

    /// <summary>citus.max_client_connections: how many clients that are no superusers may be connected to this router; negative for any number.</summary>
    public int Clients { get; private set; } = -1;

    /// <summary>Reads the limits now.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        var database = await router.DatabaseAsync(router.Coordinator.Database).ConfigureAwait(false);
        await using var command = database.Coordinator.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        int Setting(int column, int otherwise) => !reader.IsDBNull(column) && int.TryParse(reader.GetString(column), out var value) ? value : otherwise;
        var routers = Math.Max(1, reader.GetInt32(4));
        Clients = Setting(2, -1);
        router.Pools.Shares = new PoolShares(Setting(0, PoolShares.Default.Node), Setting(1, PoolShares.Default.Coordinator), routers);
        if (router.Links is { } links && router.Options.CoordinatorConnections is null)
            links.Capacity = LinksFor(reader.GetInt32(3), routers, reader.GetBoolean(5));
    }

    /// <summary>Reads them again and again until the router stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                try
                {
                    await ReadAsync(stopping).ConfigureAwait(false);
                }
                catch (Exception e) when (e is NpgsqlException or IOException or System.Net.Sockets.SocketException)
                {
                    LogFailure(router.Log, e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The router stops.
        }
    }

    /// <summary>How many links a router has where nobody has said it.</summary>
    /// <param name="connections">How many connections the coordinator takes.</param>
    /// <param name="routers">How many routers share them.</param>
    /// <param name="bearsShards">Whether the coordinator may have shards, which are reached over further connections.</param>
    internal static int LinksFor(int connections, int routers, bool bearsShards)
    {
        var part = connections / routers;
        var links = part - Math.Min(Reserve, part / 3);
        return Math.Max(1, bearsShards ? links * 2 / 3 : links);
    }

    [LoggerMessage(4, LogLevel.Warning, "Reading how many connections there may be failed: {Reason}")]
    private static partial void LogFailure(ILogger log, string reason);
}
