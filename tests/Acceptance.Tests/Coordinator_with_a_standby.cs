using Npgsql;
using Tangelo.Harness;
using Tangelo.Harness.Wire;

namespace Tangelo.Acceptance.Tests;

/// <summary>The coordinator is a primary and its streaming standby: the primary is killed, the standby is promoted, and two routers find it.</summary>
public sealed class Coordinator_with_a_standby : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private TestPostgres _primary = null!;
    private TestPostgres _standby = null!;
    private TestPostgres _one = null!;
    private TestPostgres _other = null!;
    private TestRouter _router = null!;
    private TestRouter _second = null!;

    public async Task InitializeAsync()
    {
        (_primary, _one, _other) = (await TestPostgres.StartAsync(), await TestPostgres.StartAsync(), await TestPostgres.StartAsync());
        _standby = await _primary.StartStandbyAsync();
        await _primary.DataSource.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await _primary.DataSource.ExecuteAsync("ALTER SYSTEM SET synchronous_commit = 'remote_apply'");
        await _primary.DataSource.ExecuteAsync("SELECT pg_reload_conf()");
        var coordinator = $"host=127.0.0.1,127.0.0.1 port={_standby.Port},{_primary.Port}";
        _router = await TestRouter.StartAsync(coordinator, Limit);
        _second = await TestRouter.StartAsync(coordinator, Limit);
        await _router.DataSource.ExecuteAsync($"SELECT citus_add_node('127.0.0.1', {_one.Port}), citus_add_node('127.0.0.1', {_other.Port})");
        await _router.DataSource.ExecuteAsync("CREATE TABLE items (id int PRIMARY KEY, v int NOT NULL); SELECT create_distributed_table('items', 'id')");
        await _router.DataSource.ExecuteAsync("CREATE TABLE log (id int PRIMARY KEY)");
    }

    public async Task DisposeAsync()
    {
        foreach (var router in new[] { _router, _second })
            await router.DisposeAsync();
        foreach (var server in new[] { _standby, _primary, _one, _other })
            await server.DisposeAsync();
    }

    [Fact]
    public async Task What_was_confirmed_is_there_once_and_statements_go_on()
    {
        using var stopping = new CancellationTokenSource();
        var confirmed = new List<int>();
        var failed = new List<int>();
        var writing = new[] { _router, _second }.Select((router, n) => Task.Run(() => WriteAsync(router, n, confirmed, failed, stopping.Token))).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(2));
        await KillAsync(_primary);
        await Task.Delay(TimeSpan.FromSeconds(2));

        // A client that comes now waits until there is a primary.
        var late = Task.Run(() => ScalarAsync(_second, "SELECT count(*) FROM log"));
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(late.IsCompleted);
        int before;
        lock (confirmed)
            before = confirmed.Count;
        Assert.True(await _standby.DataSource.ScalarAsync<bool>("SELECT pg_promote()"));
        Assert.True(await late.WaitAsync(Limit) > 0);
        await Task.Delay(TimeSpan.FromSeconds(8));
        await stopping.CancelAsync();
        await Task.WhenAll(writing);

        Assert.True(confirmed.Count > before + 10, $"{before} before, {confirmed.Count} in the end");
        await EventuallyNothingIsPreparedAsync();
        await using var session = await OpenAsync(_router);
        var items = await ColumnAsync(session, "SELECT id FROM items");
        var log = await ColumnAsync(session, "SELECT id FROM log");
        Assert.Empty(confirmed.Except(items));
        Assert.Equal(items.Order(), log.Order());
        Assert.Empty(items.Except(confirmed).Except(failed));

        // The first one comes back, and does not know that it has been replaced.
        await KillAsync(_standby);
        await _primary.StartAsync();
        await Task.Delay(TimeSpan.FromSeconds(3));
        var refused = await Assert.ThrowsAsync<IOException>(() => WireSession.OpenAsync(new ServerAddress("127.0.0.1", _router.Port), default));
        Assert.Contains("08006: there is no primary server", refused.Message);
    }

    private static async Task WriteAsync(TestRouter router, int number, List<int> confirmed, List<int> failed, CancellationToken stopping)
    {
        NpgsqlConnection? session = null;
        for (var id = number; !stopping.IsCancellationRequested; id += 2)
        {
            try
            {
                session ??= await OpenAsync(router);
                await using var command = new NpgsqlCommand($"BEGIN; INSERT INTO items VALUES ({id}, 1); INSERT INTO log VALUES ({id}); COMMIT", session);
                await command.ExecuteNonQueryAsync(CancellationToken.None);
                lock (confirmed)
                    confirmed.Add(id);
            }
            catch (NpgsqlException)
            {
                // The session has ended, or its transaction has: both are nobody's but the client's to do again.
                lock (failed)
                    failed.Add(id);
                if (session is not null)
                    await session.DisposeAsync();
                session = null;
            }
        }

        if (session is not null)
            await session.DisposeAsync();
    }

    private async Task EventuallyNothingIsPreparedAsync()
    {
        for (var i = 0; i < 150; i++)
        {
            if (await _one.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts") + await _other.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts") == 0)
                return;
            await Task.Delay(100);
        }

        Assert.Fail("Something is still prepared.");
    }

    private static async Task KillAsync(TestPostgres server)
    {
        await server.KillAsync();
        server.DataSource.Clear();
    }

    private static async Task<NpgsqlConnection> OpenAsync(TestRouter router)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(router.DataSource.ConnectionString) { Pooling = false, Timeout = 60, CommandTimeout = 60 }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<long> ScalarAsync(TestRouter router, string sql)
    {
        await using var session = await OpenAsync(router);
        await using var command = new NpgsqlCommand(sql, session);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<List<int>> ColumnAsync(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<int>();
        while (await reader.ReadAsync())
            values.Add(reader.GetInt32(0));
        return values;
    }
}
