using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>A worker that is a primary and its streaming standby: the primary is killed, the standby is promoted, and the router finds it.</summary>
public sealed class Node_with_a_standby : IAsyncLifetime
{
    private const int Rows = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private TestPostgres _coordinator = null!;
    private TestPostgres _primary = null!;
    private TestPostgres _standby = null!;
    private TestPostgres _other = null!;
    private TestRouter _router = null!;
    private readonly List<FaultProxy> _proxies = [];

    private NpgsqlDataSource Router => _router.DataSource;

    public async Task InitializeAsync()
    {
        (_coordinator, _primary, _other) = (await TestPostgres.StartAsync(), await TestPostgres.StartAsync(), await TestPostgres.StartAsync());
        _standby = await _primary.StartStandbyAsync();
        _router = await TestRouter.StartAsync(_coordinator.Port, Limit);
    }

    public async Task DisposeAsync()
    {
        await _router.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        foreach (var server in new[] { _standby, _primary, _other, _coordinator })
            await server.DisposeAsync();
    }

    [Fact]
    public async Task What_was_confirmed_is_there_once_and_statements_go_on()
    {
        await SetUpAsync(_primary.Port);
        await ReplicateAsync();
        using var stopping = new CancellationTokenSource();
        var confirmed = new List<int>();
        var failed = new List<int>();
        var reads = 0;
        var readsFailed = 0;
        var writing = Task.Run(async () =>
        {
            for (var id = Rows + 1; !stopping.IsCancellationRequested; id++)
            {
                try
                {
                    await Router.ExecuteAsync($"INSERT INTO items VALUES ({id}, 1)");
                    confirmed.Add(id);
                }
                catch (PostgresException e)
                {
                    Assert.Equal("08006", e.SqlState);
                    failed.Add(id);
                }
            }
        });
        var reading = Task.Run(async () =>
        {
            for (; !stopping.IsCancellationRequested; reads++)
            {
                try
                {
                    Assert.True(await Router.ScalarAsync<long>("SELECT count(*) FROM items") >= Rows);
                }
                catch (PostgresException e)
                {
                    Assert.Equal("08006", e.SqlState);
                    readsFailed++;
                }
            }
        });

        await Task.Delay(TimeSpan.FromSeconds(1));
        await KillPrimaryAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        var (before, readBefore) = (confirmed.Count, reads);
        await PromoteAsync();
        await Task.Delay(TimeSpan.FromSeconds(2));
        await stopping.CancelAsync();
        await Task.WhenAll(writing, reading).WaitAsync(Limit);

        Assert.True(confirmed.Count > before + 10, $"{confirmed.Count} after {before}");
        Assert.True(reads > readBefore + 10, $"{reads} after {readBefore}");
        Assert.True(failed.Count <= 1 && readsFailed <= 1, $"{failed.Count} writes and {readsFailed} reads were under way.");
        var there = await Router.ColumnAsync<int>($"SELECT id FROM items WHERE id > {Rows} ORDER BY id");
        Assert.Equal(there.Distinct(), there);
        Assert.Empty(confirmed.Except(there));
        Assert.Empty(there.Except(confirmed).Except(failed));
        Assert.Equal(Rows, await Router.ExecuteAsync($"UPDATE items SET v = v + 1 WHERE id <= {Rows}"));
    }

    [Fact]
    public async Task A_statement_waits_as_long_as_the_setting_says()
    {
        await SetUpAsync(_primary.Port);
        await ReplicateAsync();
        await using var connection = await Router.OpenConnectionAsync();
        await connection.ExecuteAsync("SET citus.node_connection_timeout = '1s'");
        await KillPrimaryAsync();
        var since = DateTime.UtcNow;
        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("UPDATE items SET v = v + 1"));
        Assert.Equal("08006", error.SqlState);
        Assert.Contains("is a standby", error.Detail);
        Assert.InRange(DateTime.UtcNow - since, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10));

        await connection.ExecuteAsync("SET citus.node_connection_timeout = '1min'");
        var waiting = connection.ExecuteAsync("UPDATE items SET v = v + 1");
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.False(waiting.IsCompleted);
        await PromoteAsync();
        Assert.Equal(Rows, await waiting.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_transaction_that_wrote_on_the_lost_primary_is_not_repeated()
    {
        await SetUpAsync(_primary.Port);
        await using var connection = await Router.OpenConnectionAsync();
        await connection.ExecuteAsync("BEGIN; UPDATE items SET v = v + 1");
        await ReplicateAsync();
        await KillPrimaryAsync();
        await PromoteAsync();
        Assert.Equal("08006", (await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("UPDATE items SET v = v + 1"))).SqlState);
        await connection.ExecuteAsync("ROLLBACK");
        Assert.Equal(0L, await Router.ScalarAsync<long>("SELECT sum(v) FROM items"));
    }

    [Fact]
    public async Task A_primary_that_was_left_behind_is_not_taken_again()
    {
        await SetUpAsync(_primary.Port);
        await ReplicateAsync();
        await KillPrimaryAsync();
        await PromoteAsync();
        await Router.ExecuteAsync("UPDATE items SET v = 7");
        await _primary.StartAsync();
        await Router.ExecuteAsync("UPDATE items SET v = 8");
        await KillAsync(_standby);

        // A router that has never seen the other one knows it, too.
        await using var second = await TestRouter.StartAsync(_coordinator.Port, Limit);
        foreach (var router in new[] { Router, second.DataSource })
        {
            await using var connection = await router.OpenConnectionAsync();
            await connection.ExecuteAsync("SET citus.node_connection_timeout = '1s'");
            var error = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("SELECT sum(v) FROM items"));
            Assert.Equal("08006", error.SqlState);
            Assert.Contains("timeline 1, which was left for timeline 2", error.Detail);
        }

        await _standby.StartAsync();
        Assert.Equal(8L * Rows, await Router.ScalarAsync<long>("SELECT sum(v) FROM items"));
    }

    [Fact]
    public async Task A_commit_that_was_decided_is_carried_out_on_the_new_primary()
    {
        var (isArmed, isLost) = (false, false);
        var between = new FaultProxy(_primary.Port, async (piece, pass) =>
        {
            isLost |= isArmed && piece.Span.IndexOf("COMMIT PREPARED"u8) >= 0;
            if (!isLost)
                await pass();
        });
        _proxies.Add(between);
        await SetUpAsync(between.Port);
        await ReplicateAsync();
        isArmed = true;
        var committing = Router.ExecuteAsync("UPDATE items SET v = v + 1");
        while (!isLost)
            await Task.Delay(20);
        await CaughtUpAsync(_primary);
        await KillPrimaryAsync();
        await PromoteAsync();
        Assert.Single(await _standby.DataSource.ColumnAsync<string>("SELECT gid FROM pg_prepared_xacts WHERE gid LIKE 'tangelo%'"));
        Assert.Equal(Rows, await committing.WaitAsync(Limit));
        for (var i = 0; i < 100 && (await _standby.DataSource.ColumnAsync<string>("SELECT gid FROM pg_prepared_xacts")).Count > 0; i++)
            await Task.Delay(200);
        Assert.Empty(await _standby.DataSource.ColumnAsync<string>("SELECT gid FROM pg_prepared_xacts"));
        Assert.Equal((long)Rows, await Router.ScalarAsync<long>("SELECT sum(v) FROM items"));
    }

    [Fact]
    public async Task Standbys_are_read_and_not_written()
    {
        await SetUpAsync(_primary.Port);
        await using var other = await _other.StartStandbyAsync();
        await Router.ExecuteAsync("CREATE TABLE local (id int)");
        await using var reader = await ReaderAsync();
        var error = await Assert.ThrowsAsync<PostgresException>(() => reader.ExecuteAsync("SELECT count(*) FROM items"));
        Assert.Contains("does not have a secondary node", error.MessageText);

        await Router.ExecuteAsync($"SELECT citus_add_secondary_node('127.0.0.1', {_standby.Port}, '127.0.0.1:{_primary.Port},127.0.0.1:{_standby.Port}', 5432)");
        await Router.ExecuteAsync($"SELECT citus_add_secondary_node('127.0.0.1', {other.Port}, '127.0.0.1', {_other.Port})");
        Assert.Equal(2L, await Router.ScalarAsync<long>("SELECT count(*) FROM pg_dist_node WHERE noderole = 'secondary' AND groupid > 0 AND isactive"));
        await Router.ExecuteAsync("UPDATE items SET v = 3");
        await CaughtUpAsync(_primary);
        await CaughtUpAsync(_other);
        await KillAsync(_other);
        Assert.Equal((long)Rows, await ScalarAsync(reader, "SELECT count(*) FROM items"));
        Assert.Equal((long)Rows, await ScalarAsync(reader, "SELECT count(*) FROM (SELECT a.id FROM items a JOIN items b USING (id) ORDER BY 1) q"));
        await reader.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ");
        Assert.Equal((long)Rows, await ScalarAsync(reader, "SELECT count(*) FROM items"));
        await reader.ExecuteAsync("COMMIT");

        foreach (var sql in new[] { "UPDATE items SET v = 1", "INSERT INTO items VALUES (1000, 1)", "DELETE FROM items WHERE id = 1", "TRUNCATE items", "ALTER TABLE items ADD COLUMN w int", "SELECT id FROM items FOR UPDATE" })
        {
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => reader.ExecuteAsync(sql));
            Assert.Equal("25006", refusal.SqlState);
        }

        Assert.Equal(1, await reader.ExecuteAsync("INSERT INTO local VALUES (1)"));
        Assert.Equal("55P02", (await Assert.ThrowsAsync<PostgresException>(() => reader.ExecuteAsync("SET citus.use_secondary_nodes = 'never'"))).SqlState);
    }

    [Fact]
    public async Task A_standby_that_is_behind_is_passed_over()
    {
        await SetUpAsync(_primary.Port);
        await using var other = await _other.StartStandbyAsync();
        await Router.ExecuteAsync($"SELECT citus_add_secondary_node('127.0.0.1', {_standby.Port}, '127.0.0.1:{_primary.Port},127.0.0.1:{_standby.Port}', 5432)");
        await Router.ExecuteAsync($"SELECT citus_add_secondary_node('127.0.0.1', {other.Port}, '127.0.0.1', {_other.Port})");
        await CaughtUpAsync(_primary);
        await _standby.DataSource.ExecuteAsync("SELECT pg_wal_replay_pause()");
        await Router.ExecuteAsync("UPDATE items SET v = 5");
        await Task.Delay(TimeSpan.FromSeconds(2));

        await using var reader = await ReaderAsync();
        Assert.Equal((long)Rows, await ScalarAsync(reader, "SELECT count(*) FROM items"));
        await reader.ExecuteAsync("SET citus.max_secondary_lag = '1s'");
        var error = await Assert.ThrowsAsync<PostgresException>(() => reader.ExecuteAsync("SELECT count(*) FROM items"));
        Assert.Equal("55000", error.SqlState);
        Assert.Contains("s behind", error.Detail);
        await _standby.DataSource.ExecuteAsync("SELECT pg_wal_replay_resume()");
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal(5L * Rows, await ScalarAsync(reader, "SELECT sum(v) FROM items"));

        await KillPrimaryAsync();
        await PromoteAsync();
        error = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            await reader.ExecuteAsync("SELECT count(*) FROM items");
        });
        Assert.Contains("not a standby any more", error.Detail);
    }

    [Fact]
    public async Task Only_a_standby_can_be_a_secondary()
    {
        await SetUpAsync(_primary.Port);
        await using var alone = await TestPostgres.StartAsync();
        var error = await Assert.ThrowsAsync<PostgresException>(() => Router.ExecuteAsync($"SELECT citus_add_secondary_node('127.0.0.1', {alone.Port}, '127.0.0.1', {_other.Port})"));
        Assert.Equal("55000", error.SqlState);
        Assert.Contains("is not a standby", error.MessageText);
    }

    private static async Task<long> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task KillAsync(TestPostgres server)
    {
        await server.KillAsync();
        server.DataSource.Clear();
    }

    private static async Task CaughtUpAsync(TestPostgres server)
    {
        var now = await server.DataSource.ScalarAsync<string>("SELECT pg_current_wal_lsn()::text");
        for (var i = 0; i < 100 && !await server.DataSource.ScalarAsync<bool>($"SELECT coalesce(bool_and(replay_lsn >= '{now}'), false) FROM pg_stat_replication"); i++)
            await Task.Delay(100);
    }

    private async Task<NpgsqlConnection> ReaderAsync()
    {
        var text = new NpgsqlConnectionStringBuilder(Router.ConnectionString) { Options = "-c citus.use_secondary_nodes=always", Pooling = false };
        var connection = new NpgsqlConnection(text.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private async Task SetUpAsync(int primary)
    {
        await Router.ExecuteAsync($"SELECT citus_add_node('127.0.0.1:{primary},127.0.0.1:{_standby.Port}', 5432), citus_add_node('127.0.0.1', {_other.Port})");
        await Router.ExecuteAsync("CREATE TABLE items (id int PRIMARY KEY, v int NOT NULL); SELECT create_distributed_table('items', 'id')");
        await Router.ExecuteAsync($"INSERT INTO items SELECT i, 0 FROM generate_series(1, {Rows}) i");
    }

    /// <summary>From now on the primary confirms what its standby has, too.</summary>
    private async Task ReplicateAsync()
    {
        await _primary.DataSource.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await _primary.DataSource.ExecuteAsync("ALTER SYSTEM SET synchronous_commit = 'remote_apply'");
        await _primary.DataSource.ExecuteAsync("SELECT pg_reload_conf()");
        await CaughtUpAsync(_primary);
    }

    private Task KillPrimaryAsync() => KillAsync(_primary);

    private async Task PromoteAsync() => Assert.True(await _standby.DataSource.ScalarAsync<bool>("SELECT pg_promote()"));
}
