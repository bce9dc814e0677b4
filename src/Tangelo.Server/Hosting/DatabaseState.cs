using System.Collections.Concurrent;
using Npgsql;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;
using Tangelo.Planning;
using Tangelo.Server.Settings;
using Tangelo.Server.Statements;
using Tangelo.Sql.Shapes;

namespace Tangelo.Server.Hosting;

/// <summary>
/// What the sessions of one database share: the current map, the plan cache, and facts read from its catalog. A database
/// without Tangelo's metadata has an empty map: its sessions pass everything on to the coordinator.
/// </summary>
internal sealed class DatabaseState(string name, CoordinatorSources coordinator) : IAsyncDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private long _mapVersion;
    private long _schemaVersion;
    private long _schemaChangesSeen;
    private volatile ClusterMap _map = ClusterMap.Empty;
    private volatile LoadedViews? _views;
    private readonly ConcurrentDictionary<uint, string> _roles = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _listening = Task.CompletedTask;

    public string Name => name;

    /// <summary>Tells this database from an earlier one of its name.</summary>
    public Oid Oid { get; private set; }

    /// <summary>Administrative connections.</summary>
    public NpgsqlDataSource Coordinator => coordinator.Current;

    /// <summary>Held while the metadata schema is made or taken into use.</summary>
    public SemaphoreSlim Installing { get; } = new(1, 1);

    /// <summary>True when the metadata schema is there.</summary>
    public bool IsInstalled { get; set; }

    /// <summary>The committed metadata.</summary>
    public ClusterMap Map => _map;

    /// <summary>Grows with every schema change that passes this router; plans made before are not used again.</summary>
    public long SchemaVersion => Interlocked.Read(ref _schemaVersion);

    /// <summary>Compiled statements.</summary>
    public BoundedCache<PlanKey, CompiledStatement> Plans { get; } = new(4096);

    /// <summary>Plans by shape, each with the literals that must be the same.</summary>
    public BoundedCache<ShapeKey, (ParameterizedShape Shape, CompiledStatement Statement)[]> Shapes { get; } = new(4096);

    /// <summary>What the statistics of distributed tables' shards told, and when.</summary>
    public ConcurrentDictionary<Oid, (TableStatistics Statistics, long ReadAt)> Statistics { get; } = new();

    /// <summary>The copies of functions on the nodes.</summary>
    public NodeSchemas Schemas { get; } = new();

    /// <summary>True once a client's text had currval or lastval in it: sessions keep then what they know of sequences.</summary>
    public bool ReadsSequences { get; private set; }

    /// <summary>A client has asked for currval or lastval. The other routers, and those to come, are told.</summary>
    public void SequencesAreRead()
    {
        if (ReadsSequences)
            return;
        ReadsSequences = true;
        if (IsInstalled)
            _ = NoteAsync();
    }

    private async Task NoteAsync()
    {
        try
        {
            await using var command = Coordinator.CreateCommand(
                "WITH note AS (INSERT INTO pg_catalog.tangelo_sequence_reads VALUES (true) ON CONFLICT DO NOTHING RETURNING seen) SELECT pg_catalog.pg_notify('tangelo_schema', '') FROM note");
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
        {
            // This router knows it.
        }
    }

    /// <summary>What functions have in their texts that has to be looked for.</summary>
    public FunctionTexts FunctionTexts { get; set; } = FunctionTexts.Unknown;

    /// <summary>What they leave in sessions.</summary>
    public StateOfFunctions StateOfFunctions { get; set; } = StateOfFunctions.Unknown;

    /// <summary>Held while they are asked for.</summary>
    public SemaphoreSlim AskingStateOfFunctions { get; } = new(1, 1);

    /// <summary>The functions of pg_catalog.</summary>
    public FunctionCatalog Functions { get; private set; } = new([]);

    /// <summary>The settings that begin with citus.</summary>
    public ClusterSettings Settings { get; private set; } = ClusterSettings.None;

    /// <summary>The name of a role by its OID, which it may have changed since it was first asked for; null when there is no such role.</summary>
    public async ValueTask<string?> RoleNameAsync(uint role, CancellationToken cancellation)
    {
        if (_roles.TryGetValue(role, out var known))
            return known;
        await using var command = Coordinator.CreateCommand("SELECT rolname::text FROM pg_catalog.pg_roles WHERE oid = $1");
        command.Parameters.Add(new() { Value = role, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is string name ? _roles[role] = name : null;
    }

    /// <summary>Reads which database this is.</summary>
    /// <returns>Whether it has Tangelo's metadata.</returns>
    public async Task<bool> IdentifyAsync(CancellationToken cancellation)
    {
        await using var command = Coordinator.CreateCommand(
            "SELECT oid, pg_catalog.to_regclass('pg_catalog.tangelo_migration') IS NOT NULL FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()");
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        Oid = new Oid(reader.GetFieldValue<uint>(0));
        return reader.GetBoolean(1);
    }

    /// <summary>Closes the administrative connections that wait for their next use.</summary>
    public void CloseIdleConnections() => coordinator.CloseIdle();

    /// <summary>A number no other map has.</summary>
    public long NextMapVersion() => Interlocked.Increment(ref _mapVersion);

    public void SchemaChanged() => Interlocked.Increment(ref _schemaVersion);

    /// <summary>A session has seen the number of schema changes that the coordinator counts: one that nobody knew of makes plans old.</summary>
    public void SchemaChangesSeen(long count)
    {
        var known = Interlocked.Read(ref _schemaChangesSeen);
        if (count > known && Interlocked.CompareExchange(ref _schemaChangesSeen, count, known) == known)
            SchemaChanged();
    }

    /// <summary>The views over distributed tables that are committed, not older than these versions.</summary>
    public async ValueTask<DistributedViews> ViewsAsync(long mapVersion, long schemaVersion, CancellationToken cancellation)
    {
        if (_views is { } known && known.MapVersion == mapVersion && known.SchemaVersion == schemaVersion)
            return known.Views;
        await _loading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_views is { } loaded && loaded.MapVersion == mapVersion && loaded.SchemaVersion == schemaVersion)
                return loaded.Views;
            _views = new LoadedViews(mapVersion, schemaVersion, await LoadViewsAsync(cancellation).ConfigureAwait(false));
            return _views.Views;
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<DistributedViews> LoadViewsAsync(CancellationToken cancellation)
    {
        var views = new List<(Oid, string)>();
        await using var command = Coordinator.CreateCommand(ViewsSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            views.Add((new Oid((uint)reader.GetInt64(0)), reader.GetString(1)));
        return new DistributedViews(views);
    }

    /// <summary>Reads the committed metadata anew and swaps the map.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await _loading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var version = NextMapVersion();
            _map = await MetadataLoader.LoadAsync(Coordinator, version, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Reads the committed metadata, and from now on again whenever somebody changes them.</summary>
    public Task ListenAsync(RouterState router)
    {
        var listener = new MetadataListener(router, this);
        _listening = listener.RunAsync(_stopping.Token);
        return listener.Begun;
    }

    /// <summary>Reads what never changes while a router runs.</summary>
    public async Task LoadFactsAsync(CancellationToken cancellation)
    {
        await LoadFunctionsAsync(cancellation).ConfigureAwait(false);
        Settings = await ClusterSettings.LoadAsync(Coordinator, cancellation).ConfigureAwait(false);
    }

    private async Task LoadFunctionsAsync(CancellationToken cancellation)
    {
        const string Sql =
            """
            SELECT proname::text, max(CASE provolatile WHEN 'v' THEN 3 WHEN 's' THEN 2 ELSE 1 END),
                   bool_or(prokind = 'a'), bool_or(prokind = 'w'), bool_or(proretset)
            FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384 GROUP BY 1
            """;
        await using var command = Coordinator.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var facts = new List<FunctionFacts>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            facts.Add(new FunctionFacts(
                reader.GetString(0), reader.GetInt32(1) switch { 3 => 'v', 2 => 's', _ => 'i' }, reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4)));
        }

        Functions = new FunctionCatalog(facts);
    }

    /// <summary>Rows of OID and name, for <see cref="ViewsAsync"/> and a session that asks its own link.</summary>
    public const string ViewsSql = "SELECT view::int8, view_name FROM pg_catalog.tangelo_distributed_views()";

    private sealed record LoadedViews(long MapVersion, long SchemaVersion, DistributedViews Views);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _loading.Dispose();
        Installing.Dispose();
        AskingStateOfFunctions.Dispose();
        await coordinator.DisposeAsync().ConfigureAwait(false);
    }
}
