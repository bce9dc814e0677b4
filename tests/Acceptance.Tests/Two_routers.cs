using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Two routers serve one cluster: what one changes is in force for the next statement of the other.</summary>
public sealed class Two_routers(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const int Turns = 6;

    private TestRouter? _second;

    private TestCluster Cluster => fixture.Cluster;

    private NpgsqlDataSource One => Cluster.Router;

    private NpgsqlDataSource Two => _second!.DataSource;

    public async Task InitializeAsync() => _second = await Cluster.AddRouterAsync();

    public async Task DisposeAsync() => await _second!.DisposeAsync();

    [Fact]
    public async Task A_table_that_one_distributes_is_distributed_for_the_other()
    {
        await using var session = await Two.OpenConnectionAsync();
        for (var turn = 0; turn < Turns; turn++)
        {
            await One.ExecuteAsync($"CREATE TABLE d{turn} (id int PRIMARY KEY, v int)");
            await session.ExecuteAsync($"INSERT INTO d{turn} SELECT i, i FROM generate_series(1, 50) i");
            await One.ExecuteAsync($"SELECT create_distributed_table('d{turn}', 'id')");
            await session.ExecuteAsync($"INSERT INTO d{turn} VALUES (100, 100)");
            Assert.Equal(51L, await One.ScalarAsync<long>($"SELECT count(*) FROM d{turn}"));
            Assert.Equal(51L, await Two.ScalarAsync<long>($"SELECT count(*) FROM d{turn}"));
            Assert.Equal(0L, await Cluster.Nodes[0].ScalarAsync<long>($"SELECT count(*) FROM ONLY d{turn}"));

            await One.ExecuteAsync($"SELECT undistribute_table('d{turn}')");
            // The one answer but the right rows that an old map may give is to be asked again.
            if (await StateAsync(session, $"UPDATE d{turn} SET v = v + 1") is { Length: > 0 } state)
            {
                Assert.Equal("40001", state);
                await session.ExecuteAsync($"UPDATE d{turn} SET v = v + 1");
            }

            Assert.Equal(1275L + 100 + 51, await One.ScalarAsync<long>($"SELECT sum(v) FROM d{turn}"));
            await One.ExecuteAsync($"DROP TABLE d{turn}");
            Assert.Equal("42P01", await StateAsync(session, $"SELECT * FROM d{turn}"));
        }
    }

    [Fact]
    public async Task A_changed_column_is_seen_by_a_prepared_statement_of_the_other()
    {
        await One.ExecuteAsync("CREATE TABLE shifting (id int PRIMARY KEY, v int); SELECT create_distributed_table('shifting', 'id'); INSERT INTO shifting SELECT i, i FROM generate_series(1, 20) i");
        await using var session = await Two.OpenConnectionAsync();
        for (var turn = 0; turn < Turns; turn++)
        {
            Assert.Equal(210L, await ScalarAsync<long>(session, "SELECT sum(v) FROM shifting"));
            await One.ExecuteAsync($"ALTER TABLE shifting ADD COLUMN w{turn} int DEFAULT {turn}");
            Assert.Equal(20L * turn, await ScalarAsync<long>(session, $"SELECT sum(w{turn}) FROM shifting"));
            Assert.Equal(turn, await ScalarAsync<int>(session, $"SELECT w{turn} FROM shifting WHERE id = 3"));
            await One.ExecuteAsync($"ALTER TABLE shifting DROP COLUMN w{turn}");
            Assert.Equal("42703", await StateAsync(session, $"SELECT w{turn} FROM shifting WHERE id = 3"));
        }
    }

    [Fact]
    public async Task A_reference_table_that_one_makes_is_written_on_every_node_by_the_other()
    {
        await using var session = await Two.OpenConnectionAsync();
        for (var turn = 0; turn < Turns; turn++)
        {
            await One.ExecuteAsync($"CREATE TABLE r{turn} (id int PRIMARY KEY, v int); SELECT create_reference_table('r{turn}')");
            await session.ExecuteAsync($"INSERT INTO r{turn} VALUES (1, {turn})");
            await One.ExecuteAsync($"UPDATE r{turn} SET v = v + 1");
            var copies = await One.ColumnAsync<string>($"SELECT result FROM run_command_on_placements('r{turn}', 'SELECT sum(v) FROM %s')");
            Assert.Equal(2, copies.Count);
            Assert.All(copies, c => Assert.Equal($"{turn + 1}", c));
        }
    }

    [Fact]
    public async Task A_trigger_that_one_makes_fires_for_the_very_next_statement_of_the_other()
    {
        await One.ExecuteAsync(
            """
            CREATE TABLE fired (id int, v int);
            CREATE TABLE guarded (id int PRIMARY KEY, v int);
            SELECT create_distributed_table('guarded', 'id');
            CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO fired VALUES (NEW.id, NEW.v); RETURN NEW; END';
            """);
        await using var session = await Two.OpenConnectionAsync();
        for (var turn = 0; turn < 20; turn++)
        {
            await One.ExecuteAsync("CREATE TRIGGER fire AFTER INSERT OR UPDATE ON guarded FOR EACH ROW EXECUTE FUNCTION fire()");
            await session.ExecuteAsync($"INSERT INTO guarded VALUES ({turn}, 0)");
            await session.ExecuteAsync($"UPDATE guarded SET v = 1 WHERE id = {turn}");
            Assert.Equal(2L * (turn + 1), await ScalarAsync<long>(session, "SELECT count(*) FROM fired"));
            await One.ExecuteAsync("DROP TRIGGER fire ON guarded");
            await session.ExecuteAsync($"INSERT INTO guarded VALUES (-{turn} - 1, 0)");
        }

        Assert.Equal(40L, await One.ScalarAsync<long>("SELECT count(*) FROM fired"));
    }

    [Fact]
    public async Task A_transaction_with_an_old_map_fails_or_is_right()
    {
        for (var turn = 0; turn < Turns; turn++)
        {
            await One.ExecuteAsync($"CREATE TABLE m{turn} (id int PRIMARY KEY, v int); CREATE TABLE other{turn} (id int PRIMARY KEY); SELECT create_distributed_table('other{turn}', 'id')");
            await using var session = await Two.OpenConnectionAsync();
            await using var open = await session.BeginTransactionAsync();
            await session.ExecuteAsync($"INSERT INTO other{turn} SELECT generate_series(1, 100)");
            await One.ExecuteAsync($"SELECT create_distributed_table('m{turn}', 'id')");
            var state = await StateAsync(session, $"INSERT INTO m{turn} SELECT i, i FROM generate_series(1, 100) i");
            if (state == "")
                await open.CommitAsync();
            else
                await open.RollbackAsync();
            Assert.Equal(state == "" ? 100L : 0L, await One.ScalarAsync<long>($"SELECT count(*) FROM m{turn}"));
            Assert.Equal(state == "" ? 100L : 0L, await One.ScalarAsync<long>($"SELECT count(*) FROM other{turn}"));
            Assert.Equal(0L, await Cluster.Nodes[0].ScalarAsync<long>($"SELECT count(*) FROM ONLY m{turn}"));
        }
    }

    [Fact]
    public async Task Writers_over_both_lose_nothing_and_leave_no_decision_behind()
    {
        await One.ExecuteAsync("CREATE TABLE counters (id int PRIMARY KEY, v int NOT NULL); SELECT create_distributed_table('counters', 'id'); INSERT INTO counters SELECT i, 0 FROM generate_series(1, 40) i");
        await Task.WhenAll(new[] { One, Two, One, Two }.Select(async router =>
        {
            await using var session = await router.OpenConnectionAsync();
            for (var turn = 0; turn < 25; turn++)
                await session.ExecuteAsync("UPDATE counters SET v = v + 1");
        }));
        Assert.Equal(100, await One.ScalarAsync<int>("SELECT min(v) FROM counters"));
        Assert.Equal(100, await Two.ScalarAsync<int>("SELECT max(v) FROM counters"));

        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await One.ScalarAsync<long>("SELECT count(*) FROM pg_dist_transaction") > 0)
            await Task.Delay(200, late.Token);
        Assert.Empty(await Cluster.PreparedAsync());
    }

    [Fact]
    public async Task What_a_killed_router_left_the_other_settles()
    {
        await One.ExecuteAsync("CREATE TABLE kept (id int PRIMARY KEY, v int NOT NULL); SELECT create_distributed_table('kept', 'id'); INSERT INTO kept SELECT i, 0 FROM generate_series(1, 40) i");
        for (var round = 0; round < 3; round++)
        {
            await using var third = await Cluster.AddRouterAsync();
            var writing = Task.Run(async () =>
            {
                await using var session = await third.DataSource.OpenConnectionAsync();
                while (true)
                    await session.ExecuteAsync("UPDATE kept SET v = v + 1");
            });
            await Task.Delay(500 + Random.Shared.Next(100));
            await third.KillAsync();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => writing);
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while ((await Cluster.PreparedAsync()).Count > 0)
                await Task.Delay(100, late.Token);
            Assert.Equal(1L, await One.ScalarAsync<long>("SELECT count(DISTINCT v) FROM kept"));
        }
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.PrepareAsync();
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The SQLSTATE that a statement ends with, empty when it is good.</summary>
    private static async Task<string> StateAsync(NpgsqlConnection session, string sql)
    {
        try
        {
            await session.ExecuteAsync(sql);
            return "";
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }
}
