using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// A worker, as managed services have them, on which the routers' role is no superuser: it may log in and create roles, and the database is its own (docs/security.md).
/// </summary>
public sealed class Worker_without_superuser : IAsyncLifetime
{
    private TestPostgres _coordinator = null!;
    private TestPostgres _worker = null!;
    private TestPostgres _other = null!;
    private NpgsqlDataSource _boss = null!;
    private TestRouter _router = null!;

    private NpgsqlDataSource Router => _router.DataSource;

    public async Task InitializeAsync()
    {
        (_coordinator, _worker, _other) = (await TestPostgres.StartAsync(), await TestPostgres.StartAsync(), await TestPostgres.StartAsync());
        await _worker.DataSource.ExecuteAsync("CREATE ROLE service LOGIN SUPERUSER");
        _worker.DataSource.Clear();
        _boss = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_worker.ConnectionString) { Username = "service" }.ConnectionString);
        await _boss.ExecuteAsync("ALTER ROLE postgres RENAME TO boss");
        await _boss.ExecuteAsync("CREATE ROLE postgres LOGIN CREATEROLE; GRANT pg_read_all_stats, pg_signal_backend TO postgres; ALTER DATABASE postgres OWNER TO postgres");
        _router = await TestRouter.StartAsync(_coordinator.Port, TimeSpan.FromSeconds(60));
        await Router.ExecuteAsync("CREATE ROLE earlier LOGIN");
        await Router.ExecuteAsync($"SELECT citus_add_node('127.0.0.1', {_worker.Port}), citus_add_node('127.0.0.1', {_other.Port})");
    }

    public async Task DisposeAsync()
    {
        await _router.DisposeAsync();
        await _boss.DisposeAsync();
        foreach (var server in new[] { _worker, _other, _coordinator })
            await server.DisposeAsync();
    }

    [Fact]
    public async Task Has_shards_that_are_written_read_and_changed()
    {
        await Router.ExecuteAsync(
            """
            CREATE TYPE mood AS ENUM ('fine', 'bad');
            CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
            CREATE TABLE items (id int PRIMARY KEY, v int DEFAULT twice(1), m mood);
            SELECT create_distributed_table('items', 'id');
            CREATE TABLE kinds (id int PRIMARY KEY);
            SELECT create_reference_table('kinds');
            CREATE EXTENSION hstore;
            """);
        await Router.ExecuteAsync("INSERT INTO items SELECT i, 0, 'fine' FROM generate_series(1, 100) i");
        Assert.Equal(100, await Router.ExecuteAsync("UPDATE items SET v = v + 1"));
        await Router.ExecuteAsync("BEGIN; UPDATE items SET v = v + 1; ALTER TABLE items ADD COLUMN h hstore; CREATE INDEX ON items (v); INSERT INTO kinds VALUES (1); COMMIT");
        await Router.ExecuteAsync("ALTER TYPE mood ADD VALUE 'good'");
        await Router.ExecuteAsync("UPDATE items SET m = 'good' WHERE id < 50");
        Assert.Equal(200L, await Router.ScalarAsync<long>("SELECT sum(v) FROM items JOIN (SELECT 1) q ON true"));
        Assert.Equal(49L, await Router.ScalarAsync<long>("SELECT count(*) FROM items WHERE m = 'good'"));
        await Router.ExecuteAsync("SELECT undistribute_table('items'); DROP TABLE items, kinds");
        Assert.Equal(0L, await _boss.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE tablename ~ '_1[0-9]{5}$'"));
    }

    [Theory]
    [InlineData("earlier")]
    [InlineData("later")]
    public async Task Serves_other_roles(string role)
    {
        await Router.ExecuteAsync("CREATE ROLE later LOGIN");
        await Router.ExecuteAsync($"CREATE SCHEMA work; GRANT USAGE, CREATE ON SCHEMA work TO {role}");
        await using (var acting = await Router.OpenConnectionAsync())
        {
            await acting.ExecuteAsync($"SET ROLE {role}");
            await acting.ExecuteAsync("CREATE TABLE work.mine (id int PRIMARY KEY, v int)");
            await acting.ExecuteAsync("SELECT create_distributed_table('work.mine', 'id')");
            await acting.ExecuteAsync("INSERT INTO work.mine SELECT i, 0 FROM generate_series(1, 100) i");
            await acting.ExecuteAsync("BEGIN; UPDATE work.mine SET v = 1; ALTER TABLE work.mine ADD COLUMN w int; COMMIT");
        }

        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Router.ConnectionString) { Username = role }.ConnectionString);
        Assert.Equal(100, await source.ExecuteAsync("UPDATE work.mine SET v = v + 1"));
        Assert.Equal(200L, await Router.ScalarAsync<long>("SELECT sum(v) FROM work.mine"));
        await source.ExecuteAsync("TRUNCATE work.mine");
        await source.ExecuteAsync("DROP TABLE work.mine");
    }

    [Fact]
    public async Task Settles_what_other_roles_have_prepared()
    {
        await Router.ExecuteAsync("CREATE SCHEMA work; GRANT ALL ON SCHEMA work TO earlier");
        await using var own = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_worker.ConnectionString) { Username = "earlier", Pooling = false }.ConnectionString);
        await _boss.ExecuteAsync("CREATE TABLE touched (a int); GRANT ALL ON touched TO earlier");
        await own.ExecuteAsync("BEGIN; INSERT INTO touched VALUES (1); PREPARE TRANSACTION 'tangelo_0123456789ab_1_1_1'");
        for (var i = 0; i < 100 && await _boss.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts") > 0; i++)
            await Task.Delay(200);
        Assert.Equal(0L, await _boss.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts"));
    }

    [Fact]
    public async Task Refuses_rather_than_hides_rows()
    {
        await Router.ExecuteAsync(
            """
            CREATE SCHEMA work;
            GRANT ALL ON SCHEMA work TO earlier;
            SET ROLE earlier;
            CREATE TABLE work.mine (id int PRIMARY KEY, v int);
            SELECT create_distributed_table('work.mine', 'id');
            INSERT INTO work.mine SELECT i, i FROM generate_series(1, 100) i;
            ALTER TABLE work.mine ENABLE ROW LEVEL SECURITY;
            CREATE POLICY few ON work.mine USING (v < 10);
            RESET ROLE;
            """);
        Assert.Equal(100L, await Router.ScalarAsync<long>("SELECT count(*) FROM work.mine"));
        await Router.ExecuteAsync("ALTER TABLE work.mine FORCE ROW LEVEL SECURITY");
        var error = await Assert.ThrowsAsync<PostgresException>(() => Router.ScalarAsync<long>("SELECT count(*) FROM work.mine"));
        Assert.Equal("42501", error.SqlState);
        await using var acting = await Router.OpenConnectionAsync();
        await acting.ExecuteAsync("SET ROLE earlier");
        await using var count = new NpgsqlCommand("SELECT count(*) FROM work.mine", acting);
        Assert.Equal(9L, await count.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("CREATE ROLE other SUPERUSER")]
    [InlineData("CREATE ROLE other REPLICATION")]
    [InlineData("CREATE ROLE other BYPASSRLS")]
    [InlineData("CREATE EXTENSION pageinspect")]
    public async Task Says_what_it_cannot(string sql)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => Router.ExecuteAsync(sql));
        Assert.Equal("42501", error.SqlState);
        Assert.Equal(0L, await _coordinator.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_roles WHERE rolname = 'other'"));
    }
}
