using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Functions;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;
using Tangelo.Server.AdminFunctions;
using Tangelo.Server.Authentication;
using Tangelo.Server.Links;
using Tangelo.Server.Recovery;
using Tangelo.Server.Sessions;
using Tangelo.Server.Snapshots;
using Tangelo.Server.Statistics;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Pooling;

namespace Tangelo.Server.Hosting;

/// <summary>What all sessions of a router share.</summary>
internal sealed class RouterState : IAsyncDisposable
{
    private const string AdministrativeName = "tangelo admin";

    // As long as a client would wait for a lock that never comes: long, but not for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Task<DatabaseState>> _databases = new();
    private readonly ConcurrentDictionary<DatabaseState, CommitWindow> _windows = new();
    private readonly CancellationTokenSource _draining = new();
    private long _sequence;

    public RouterState(RouterOptions options, ILogger log)
    {
        Options = options;
        Log = log;
        Coordinator = BackendAddress.FromConnectionInfo(options.Coordinator);
        Pools = new WorkerPools(Coordinator, options.LocalSockets, Patience);
        Roles = new NodeRoles(this);
        Pools.Credentials.GiveRoleAsync = Roles.GiveAsync;
        NodeSettings = new NodeSettings(this);
        Pools.Credentials.AskSettingsAsync = NodeSettings.OfAsync;
        Pools.Credentials.TimelineSeenAsync = NodeSettings.TimelineSeenAsync;
        Authenticator = new ClientAuthenticator(this);
        Links = options.CoordinatorConnections is 0 ? null : new CoordinatorLinks(options.CoordinatorConnections ?? 1, Patience);
        Limits = new ConnectionLimits(this);
        Recovery = new TransactionRecovery(this);
        Maps = new MapsOfRouters(this);
        Cancels = new CancelRequests(this);
        var host = options.Listen.Address is var a && (a.Equals(System.Net.IPAddress.Any) || a.Equals(System.Net.IPAddress.IPv6Any)) ? "127.0.0.1" : a.ToString();
        Loopback = new InstallOptions(host, options.Listen.Port, Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24)));
        Functions = new ClusterFunctions(ServerFunctions.For(this));
    }

    /// <summary>Names this router in global transaction ids; never used twice.</summary>
    public string RouterId { get; } = Guid.NewGuid().ToString("N")[..12];

    public RouterOptions Options { get; }

    public ILogger Log { get; }

    /// <summary>The coordinator as the router itself logs in there.</summary>
    public BackendAddress Coordinator { get; }

    /// <summary>Connections to the nodes.</summary>
    public WorkerPools Pools { get; }

    /// <summary>The backends of the coordinator that are lent to clients; null where each has one of its own.</summary>
    public CoordinatorLinks? Links { get; }

    /// <summary>How many connections there may be.</summary>
    public ConnectionLimits Limits { get; }

    /// <summary>The coordinator's roles on the nodes.</summary>
    public NodeRoles Roles { get; }

    /// <summary>How the nodes are to be reached.</summary>
    public NodeSettings NodeSettings { get; }

    /// <summary>Who may come in.</summary>
    public ClientAuthenticator Authenticator { get; }

    public SessionRegistry Sessions { get; } = new();

    public StatementStatistics Statistics { get; } = new();

    /// <summary>Cancelled when the router is about to stop: sessions end where no transaction is open, and no new ones begin.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Waits for the sessions to come to the end of their transactions.</summary>
    /// <param name="limit">The longest wait.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task DrainAsync(TimeSpan limit, CancellationToken cancellation)
    {
        await _draining.CancelAsync().ConfigureAwait(false);
        var started = Stopwatch.GetTimestamp();
        while (Sessions.All.Count > 0 && Stopwatch.GetElapsedTime(started) < limit && !cancellation.IsCancellationRequested)
            await Task.Delay(10, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>How the coordinator reaches this router.</summary>
    public InstallOptions Loopback { get; }

    /// <summary>Settles what crashes have left.</summary>
    public TransactionRecovery Recovery { get; }

    /// <summary>Cancels by key.</summary>
    public CancelRequests Cancels { get; }

    /// <summary>What the other routers know.</summary>
    public MapsOfRouters Maps { get; }

    /// <summary>Where a database's snapshots of several nodes are taken.</summary>
    public CommitWindow WindowOf(DatabaseState database) => _windows.GetOrAdd(database, d => new CommitWindow(this, d));

    /// <summary>Commits in their second phase: recovery leaves them alone.</summary>
    public ActiveCommits ActiveCommits { get; } = new();

    /// <summary>What SQL can call.</summary>
    public ClusterFunctions Functions { get; }

    /// <summary>Sequence numbers of two-phase commits.</summary>
    public long NextSequence() => Interlocked.Increment(ref _sequence);

    /// <summary>Connections to a node with the router's own rights.</summary>
    public WorkerPool OwnPool(ClusterMap map, GroupId group, string database) => Pools.For(map, group, database, Coordinator.User);

    /// <summary>Runs something on a node with the router's own rights.</summary>
    /// <param name="database">Where.</param>
    /// <param name="group">The node.</param>
    /// <param name="run">What.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="patience">How long the node is waited for; by default until it is known to be silent.</param>
    /// <exception cref="PgException">The node's error, or 08006.</exception>
    public async Task<T> OnNodeAsync<T>(
        DatabaseState database, GroupId group, Func<BackendConnection, CancellationToken, Task<T>> run, CancellationToken cancellation, TimeSpan? patience = null)
    {
        var pool = OwnPool(database.Map, group, database.Name);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (patience is { } longest)
            limit.CancelAfter(longest);
        BackendConnection? connection = null;
        try
        {
            connection = await pool.LendAtOnceAsync(limit.Token).ConfigureAwait(false);
            return await run(connection, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            // An answer may still come.
            connection?.Abort();
            cancellation.ThrowIfCancellationRequested();
            throw pool.Address.Lost("timeout expired", e);
        }
        finally
        {
            if (connection is not null)
                pool.Return(connection);
        }
    }

    /// <summary>Where the coordinator is several servers: finds out which of them is the primary.</summary>
    /// <exception cref="PgException">08006: none, all the time.</exception>
    public async Task FindCoordinatorAsync(TimeSpan patience, CancellationToken cancellation)
    {
        if (NodeHosts.AreSeveral(Coordinator.Host))
            (await Pools.Credentials.ConnectAsync(Coordinator, [], cancellation, patience).ConfigureAwait(false)).Dispose();
    }

    /// <summary>The databases sessions have used so far.</summary>
    public IEnumerable<DatabaseState> Databases =>
        _databases.Values.Where(d => d.IsCompletedSuccessfully).Select(d => d.GetAwaiter().GetResult());

    /// <summary>The state of a database, loaded when it is first asked for.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="oid">Which database has the name now, where that is known: what was loaded of one that is gone is forgotten.</param>
    public async Task<DatabaseState> DatabaseAsync(string name, Oid? oid = null)
    {
        while (true)
        {
            var loading = _databases.GetOrAdd(name, LoadAsync);
            try
            {
                var database = await loading.ConfigureAwait(false);
                if (oid is null || database.Oid == oid)
                    return database;
                await ForgetAsync(database).ConfigureAwait(false);
            }
            catch
            {
                _databases.TryRemove(new(name, loading));
                throw;
            }
        }
    }

    /// <summary>A database does not exist any more.</summary>
    public async Task ForgetAsync(DatabaseState database)
    {
        if (_databases.TryGetValue(database.Name, out var loading) && loading.IsCompletedSuccessfully && loading.Result == database
            && _databases.TryRemove(new(database.Name, loading)))
        {
            _windows.TryRemove(database, out _);
            await database.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the connections to a database that wait for their next use, those of other routers too.</summary>
    public async Task LeaveDatabaseAsync(string name, CancellationToken cancellation)
    {
        if (_databases.TryGetValue(name, out var loading) && loading.IsCompletedSuccessfully)
            loading.Result.CloseIdleConnections();
        Pools.CloseIdleConnections(name);
        Links?.Trim(TimeSpan.Zero, name);
        var own = await DatabaseAsync(Coordinator.Database).ConfigureAwait(false);
        await EndIdleConnectionsAsync(own, name, "true", cancellation).ConfigureAwait(false);
        _ = KeepLeavingAsync(own, name);
    }

    // Other routers may come back to the database. PostgreSQL waits five seconds for those who are in it.
    private async Task KeepLeavingAsync(DatabaseState own, string name)
    {
        const string Waits = @"EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND pid <> pg_catalog.pg_backend_pid() AND query ~* '\m(drop|create|alter)\s+database\M')";
        try
        {
            for (var again = 0; again < 25; again++)
            {
                await Task.Delay(200).ConfigureAwait(false);
                if (!await EndIdleConnectionsAsync(own, name, Waits, CancellationToken.None).ConfigureAwait(false))
                    return;
            }
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
        {
            // Then the statement says that the database is in use.
        }
    }

    private static async Task<bool> EndIdleConnectionsAsync(DatabaseState own, string name, string condition, CancellationToken cancellation)
    {
        await using var command = own.Coordinator.CreateCommand(
            $"""
            SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid, 5000)) >= 0 FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_stat_activity a
                ON a.datid = d.oid AND a.state = 'idle' AND (a.application_name IN ('{WorkerPool.ApplicationName}', '{AdministrativeName}') OR pg_catalog.starts_with(a.application_name, '{MapsOfRouters.Prefix}'))
            WHERE d.datname = $1 AND {condition} GROUP BY d.oid
            """);
        command.Parameters.Add(new() { Value = name });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is true;
    }

    /// <summary>Installs the metadata into a database and loads it, once.</summary>
    public async Task InstallAsync(DatabaseState database, CancellationToken cancellation)
    {
        await database.Installing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (database.IsInstalled)
                return;
            await MetadataInstaller.InstallAsync(database.Coordinator, Loopback, cancellation).ConfigureAwait(false);
            LoopbackSecrets[database.Name] = await MetadataInstaller.ReadSecretAsync(database.Coordinator, cancellation).ConfigureAwait(false);
            await database.LoadFactsAsync(cancellation).ConfigureAwait(false);
            await database.ListenAsync(this).ConfigureAwait(false);
            database.IsInstalled = true;
        }
        finally
        {
            database.Installing.Release();
        }
    }

    /// <summary>CREATE EXTENSION citus in a database without metadata.</summary>
    public async Task CreateExtensionAsync(DatabaseState database, CancellationToken cancellation)
    {
        await InstallAsync(database, cancellation).ConfigureAwait(false);
        await using var command = database.Coordinator.CreateCommand("SELECT pg_catalog.tangelo_create_extension(true)");
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The loopback's password in each database.</summary>
    public ConcurrentDictionary<string, string> LoopbackSecrets { get; } = new();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _draining.Dispose();
        Recovery.Dispose();
        Pools.Dispose();
        Links?.Dispose();
        Cancels.Dispose();
        foreach (var database in Databases)
            await database.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<DatabaseState> LoadAsync(string name)
    {
        var database = new DatabaseState(name, new CoordinatorSources(Coordinator with { Database = name }, Pools.Credentials, AdministrativeName));
        try
        {
            if (await database.IdentifyAsync(CancellationToken.None).ConfigureAwait(false))
                await InstallAsync(database, CancellationToken.None).ConfigureAwait(false);
            else
                database.CloseIdleConnections();
            return database;
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
