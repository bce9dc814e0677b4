using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Databases that tools make, drop and make again, as every test run of a web framework does.</summary>
public sealed class Databases(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private TestRouter? _second;

    private NpgsqlDataSource One => fixture.Cluster.Router;

    public async Task InitializeAsync() => _second = await fixture.Cluster.AddRouterAsync();

    public async Task DisposeAsync() => await _second!.DisposeAsync();

    [Fact]
    public async Task A_database_that_nobody_uses_any_more_can_be_dropped_and_made_again()
    {
        for (var turn = 0; turn < 3; turn++)
        {
            await One.ExecuteAsync("CREATE DATABASE often");
            foreach (var router in new[] { One, _second!.DataSource })
                Assert.Equal(1, await ScalarAsync(router, "often", "SELECT 1"));
            await One.ExecuteAsync("DROP DATABASE often");
        }
    }

    [Fact]
    public async Task A_database_with_tables_that_were_distributed_comes_again_without_them()
    {
        for (var turn = 0; turn < 2; turn++)
        {
            foreach (var node in fixture.Cluster.Nodes)
                await node.ExecuteAsync("CREATE DATABASE again");
            await ScalarAsync(One, "again", "CREATE EXTENSION citus");
            foreach (var port in fixture.Cluster.WorkerPorts)
                await ScalarAsync(One, "again", $"SELECT citus_add_node('127.0.0.1', {port})");
            await ScalarAsync(One, "again", $"CREATE TABLE t{turn} (id int PRIMARY KEY, v text); SELECT create_distributed_table('t{turn}', 'id'); INSERT INTO t{turn} SELECT i, 'x' FROM generate_series(1, 10) i");
            foreach (var router in new[] { One, _second!.DataSource })
            {
                Assert.Equal(10L, await ScalarAsync(router, "again", $"SELECT count(*) FROM t{turn}"));
                Assert.Equal(1L, await ScalarAsync(router, "again", "SELECT count(*) FROM pg_dist_partition"));
            }

            await (turn == 0 ? One : _second!.DataSource).ExecuteAsync("DROP DATABASE again");
            foreach (var worker in fixture.Cluster.Nodes.Skip(1))
                await worker.ExecuteAsync("DROP DATABASE again WITH (FORCE)");
        }
    }

    [Fact]
    public async Task What_one_router_changes_in_a_database_the_other_knows_at_once()
    {
        foreach (var node in fixture.Cluster.Nodes)
            await node.ExecuteAsync("CREATE DATABASE shared");
        await ScalarAsync(One, "shared", "CREATE EXTENSION citus");
        foreach (var port in fixture.Cluster.WorkerPorts)
            await ScalarAsync(One, "shared", $"SELECT citus_add_node('127.0.0.1', {port})");
        await using (var one = Of(One, "shared"))
        await using (var two = Of(_second!.DataSource, "shared"))
        {
            await using var session = await two.OpenConnectionAsync();
            await one.ExecuteAsync(
                """
                CREATE TABLE fired (id int);
                CREATE TABLE guarded (id int PRIMARY KEY);
                SELECT create_distributed_table('guarded', 'id');
                CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO fired VALUES (NEW.id); RETURN NEW; END';
                """);
            for (var turn = 1; turn <= 8; turn++)
            {
                await one.ExecuteAsync("CREATE TRIGGER fire AFTER INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION fire()");
                await session.ExecuteAsync($"INSERT INTO guarded VALUES ({turn})");
                Assert.Equal((long)turn, await one.ScalarAsync<long>("SELECT count(*) FROM fired"));
                await one.ExecuteAsync("DROP TRIGGER fire ON guarded");
                await session.ExecuteAsync($"INSERT INTO guarded VALUES (-{turn})");
            }

            Assert.Equal(8L, await one.ScalarAsync<long>("SELECT count(*) FROM fired"));
        }

        await One.ExecuteAsync("DROP DATABASE shared");
    }

    [Fact]
    public async Task A_database_is_renamed_and_copied()
    {
        await One.ExecuteAsync("CREATE DATABASE first");
        await ScalarAsync(One, "first", "CREATE TABLE t AS SELECT 7 AS v");
        await One.ExecuteAsync("CREATE DATABASE copied TEMPLATE first");
        await One.ExecuteAsync("ALTER DATABASE first RENAME TO second");
        Assert.Equal(7, await ScalarAsync(One, "copied", "SELECT v FROM t"));
        Assert.Equal(7, await ScalarAsync(_second!.DataSource, "second", "SELECT v FROM t"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(One, "first", "SELECT 1"));
        Assert.Equal("3D000", refused.SqlState);
        await One.ExecuteAsync("DROP DATABASE second");
        await One.ExecuteAsync("DROP DATABASE copied");
    }

    [Fact]
    public async Task A_database_in_use_stays()
    {
        await One.ExecuteAsync("CREATE DATABASE busy");
        await using (var source = Of(One, "busy"))
        {
            await using var user = await source.OpenConnectionAsync();
            var refused = await Assert.ThrowsAsync<PostgresException>(() => One.ExecuteAsync("DROP DATABASE busy"));
            Assert.Equal("55006", refused.SqlState);
            await using var command = new NpgsqlCommand("SELECT 5", user);
            Assert.Equal(5, await command.ExecuteScalarAsync());
        }

        await One.ExecuteAsync("DROP DATABASE busy");
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource router, string database, string sql)
    {
        await using var source = Of(router, database);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static NpgsqlDataSource Of(NpgsqlDataSource router, string database) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(router.ConnectionString) { Database = database, Pooling = false });
}
