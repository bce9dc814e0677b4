using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// A worker falls silent: its packets are lost, and no one says so. What waits for it fails with 08006 that names it, everybody else goes on, and what it has prepared is settled
/// when it is back.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class Silent_node : IAsyncLifetime
{
    private const int Rows = 100;

    // What the routers are told: four seconds, and two for the looking.
    private const string Conninfo = "keepalives_idle=2 keepalives_interval=1 keepalives_count=2";
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private TestPostgres _coordinator = null!;
    private TestPostgres _near = null!;
    private TestPostgres _far = null!;
    private TestRouter _router = null!;
    private NetworkNamespace _elsewhere = null!;
    private readonly List<FaultProxy> _proxies = [];
    private int _farPort;
    private int _ofNear;
    private int _ofFar;
    private volatile bool _isSilentAtCommit;

    private string FarName => $"{_elsewhere.There}:{_farPort}";

    public async Task InitializeAsync()
    {
        if (!NetworkNamespace.IsPossible)
            return;
        (_coordinator, _near, _far) = (await TestPostgres.StartAsync(), await TestPostgres.StartAsync(), await TestPostgres.StartAsync());
        _elsewhere = await NetworkNamespace.CreateAsync();
        var proxy = new FaultProxy(_elsewhere.Listen(), _far.Port, PassAsync);
        _proxies.Add(proxy);
        _farPort = proxy.Port;
        _router = await TestRouter.StartAsync(_coordinator.Port, Limit);
        await _router.DataSource.ExecuteAsync($"ALTER SYSTEM SET citus.node_conninfo = '{Conninfo}'");
        await _router.DataSource.ExecuteAsync($"SELECT citus_add_node('127.0.0.1', {_near.Port}), citus_add_node('{_elsewhere.There}', {_farPort})");
        await _router.DataSource.ExecuteAsync("CREATE TABLE items (id int PRIMARY KEY, v int NOT NULL); SELECT create_distributed_table('items', 'id')");
        await _router.DataSource.ExecuteAsync($"INSERT INTO items SELECT i, 0 FROM generate_series(1, {Rows}) i");
        _ofNear = await IdOnAsync($"127.0.0.1:{_near.Port}");
        _ofFar = await IdOnAsync(FarName);
    }

    public async Task DisposeAsync()
    {
        if (_router is null)
            return;
        await _router.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        await _elsewhere.DisposeAsync();
        foreach (var server in new[] { _near, _far, _coordinator })
            await server.DisposeAsync();
    }

    [NamespaceFact]
    public async Task What_waits_for_it_fails_and_everybody_else_goes_on()
    {
        await using var reader = await OpenAsync();
        await using var writer = await OpenAsync();
        await RunAsync(writer, $"BEGIN; UPDATE items SET v = v + 1 WHERE id = {_ofFar}");
        var waits = FailsAsync(reader, $"SELECT v FROM items WHERE id = {_ofFar} FOR UPDATE");
        await Task.Delay(500);
        await _elsewhere.FallSilentAsync();

        // The one waits for an answer to what has arrived; what the other sends does not arrive.
        var writes = FailsAsync(writer, $"UPDATE items SET v = v + 1 WHERE id = {_ofFar}");
        var slowest = TimeSpan.Zero;
        var others = 0;
        for (; !waits.IsCompleted || !writes.IsCompleted; others++)
        {
            var started = Stopwatch.GetTimestamp();
            await _router.DataSource.ExecuteAsync($"UPDATE items SET v = v + 1 WHERE id = {_ofNear}");
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
        }

        foreach (var (error, took) in new[] { await waits, await writes })
        {
            Assert.Equal("08006", error.SqlState);
            Assert.Contains(FarName, error.MessageText);
            Assert.InRange(took, TimeSpan.FromSeconds(1), Silence);
        }

        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.True(others > 10);
        await RunAsync(writer, "ROLLBACK");
        await RunAsync(writer, $"SELECT v FROM items WHERE id = {_ofNear}");
        await _elsewhere.SpeakAgainAsync();
        await RunAsync(reader, $"SELECT v FROM items WHERE id = {_ofFar}");
        await RunAsync(writer, $"UPDATE items SET v = v + 1 WHERE id = {_ofFar}");
        Assert.Equal(others + 1L, await _router.DataSource.ScalarAsync<long>("SELECT sum(v) FROM items"));
    }

    [NamespaceFact]
    public async Task Connecting_to_it_takes_as_long_as_the_setting_says_and_can_be_cancelled()
    {
        await _elsewhere.FallSilentAsync();
        await using var session = await OpenAsync();
        await RunAsync(session, "SET citus.node_connection_timeout = '1s'");

        // The first may get a connection from the pool.
        await FailsAsync(session, $"SELECT v FROM items WHERE id = {_ofFar}");
        var (error, took) = await FailsAsync(session, $"SELECT v FROM items WHERE id = {_ofFar}");
        Assert.Equal("08006", error.SqlState);
        Assert.Contains($"{FarName} failed with the following error: timeout expired", error.MessageText);
        Assert.InRange(took, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(3));

        await RunAsync(session, "SET citus.node_connection_timeout = '1min'");
        using var cancelled = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await using var command = new NpgsqlCommand($"SELECT v FROM items WHERE id = {_ofFar}", session);
        var started = Stopwatch.GetTimestamp();
        var refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(cancelled.Token));
        Assert.Equal("57014", ((PostgresException)refused.InnerException!).SqlState);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));

        await RunAsync(session, "SET statement_timeout = '1s'");
        (error, _) = await FailsAsync(session, $"SELECT v FROM items WHERE id = {_ofFar}");
        Assert.Equal("canceling statement due to statement timeout", error.MessageText);
        await RunAsync(session, $"SELECT v FROM items WHERE id = {_ofNear}");
    }

    [NamespaceFact]
    public async Task Who_cancels_does_not_wait_for_it_any_longer()
    {
        await _router.DataSource.ExecuteAsync("ALTER SYSTEM SET citus.node_conninfo = 'keepalives_idle=100'");
        await Task.Delay(TimeSpan.FromSeconds(5));
        await using var session = await OpenAsync();
        await using var holder = await OpenAsync();
        await RunAsync(holder, $"BEGIN; UPDATE items SET v = 1 WHERE id = {_ofFar}");
        await RunAsync(session, "BEGIN");
        await using var command = new NpgsqlCommand($"SELECT v FROM items WHERE id = {_ofFar} FOR UPDATE", session);
        var started = Stopwatch.GetTimestamp();
        var waits = command.ExecuteNonQueryAsync();
        await Task.Delay(500);
        await _elsewhere.FallSilentAsync();
        command.Cancel();
        var error = await Assert.ThrowsAsync<PostgresException>(() => waits);
        Assert.Equal("08006", error.SqlState);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        await RunAsync(session, "ROLLBACK");
        await RunAsync(session, $"SELECT v FROM items WHERE id = {_ofNear}");
    }

    [NamespaceFact]
    public async Task What_it_has_prepared_is_settled_when_it_is_back()
    {
        await using var session = await OpenAsync();
        await RunAsync(session, $"BEGIN; UPDATE items SET v = 7 WHERE id IN ({_ofNear}, {_ofFar})");
        _isSilentAtCommit = true;
        await RunAsync(session, "COMMIT");
        Assert.Equal(1L, await _far.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts"));
        Assert.Equal(7, await _router.DataSource.ScalarAsync<int>($"SELECT v FROM items WHERE id = {_ofNear}"));

        // What other nodes have prepared is settled meanwhile.
        await _near.DataSource.ExecuteAsync("BEGIN; SELECT pg_catalog.txid_current(); PREPARE TRANSACTION 'tangelo_000000000000_999999_1_1'");
        await EventuallyAsync(async () => await _near.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts") == 0, TimeSpan.FromSeconds(10));

        await _elsewhere.SpeakAgainAsync();
        await EventuallyAsync(async () => await _far.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts") == 0, TimeSpan.FromSeconds(20));
        Assert.Equal(7, await _router.DataSource.ScalarAsync<int>($"SELECT v FROM items WHERE id = {_ofFar}"));
    }

    [NamespaceFact]
    public async Task A_client_that_falls_silent_is_found_as_its_settings_say()
    {
        var port = FreePorts.Block(1);
        using var open = await RouterProcess.StartAsync(
            ["serve", "--listen", $"0.0.0.0:{port}", "--coordinator", $"host=127.0.0.1 port={_coordinator.Port} user=postgres dbname=postgres"], Limit);
        try
        {
            using var client = _elsewhere.Start(
                "psql", "-X", "-h", _elsewhere.Here.ToString(), "-p", $"{port}", "-U", "postgres", "-c", "SET tcp_keepalives_idle = 1", "-c", "SET tcp_keepalives_interval = 1",
                "-c", "SET tcp_keepalives_count = 2", "-c", "BEGIN", "-c", $"UPDATE items SET v = 1 WHERE id = {_ofNear}", "-c", "SELECT pg_sleep(100)");
            await EventuallyAsync(async () => await _near.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") == 1, TimeSpan.FromSeconds(10));
            await _elsewhere.FallSilentAsync();
            await EventuallyAsync(async () => await _near.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") == 0, TimeSpan.FromSeconds(10));
            client.Kill(entireProcessTree: true);
        }
        finally
        {
            await open.KillAsync();
            FreePorts.Return(port, 1);
        }
    }

    private async ValueTask PassAsync(ReadOnlyMemory<byte> piece, Func<ValueTask> pass)
    {
        if (_isSilentAtCommit && piece.Span.IndexOf("COMMIT PREPARED"u8) >= 0)
        {
            _isSilentAtCommit = false;
            await _elsewhere.FallSilentAsync();
            return;
        }

        await pass();
    }

    private async Task<int> IdOnAsync(string node)
    {
        for (var id = 1; id <= Rows; id++)
        {
            if (await _router.DataSource.ScalarAsync<string>(
                $"SELECT nodename || ':' || nodeport FROM pg_dist_placement JOIN pg_dist_node USING (groupid) WHERE shardid = get_shard_id_for_distribution_column('items', {id})") == node)
                return id;
        }

        throw new InvalidOperationException($"No row on {node}.");
    }

    private static async Task EventuallyAsync(Func<Task<bool>> holds, TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < limit, "It did not come to that in time.");
            await Task.Delay(200);
        }
    }

    private static async Task<(PostgresException Error, TimeSpan Took)> FailsAsync(NpgsqlConnection session, string sql)
    {
        var started = Stopwatch.GetTimestamp();
        var error = await Assert.ThrowsAsync<PostgresException>(() => RunAsync(session, sql));
        return (error, Stopwatch.GetElapsedTime(started));
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_router.DataSource.ConnectionString) { Pooling = false, CommandTimeout = 120 }.ConnectionString);
        await connection.OpenAsync();
        await RunAsync(connection, "SET citus.node_connection_timeout = '2s'");
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
