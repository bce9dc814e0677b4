using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Tables whose shards come one by one or are cut by hand, through two routers.</summary>
public sealed class Append_and_range_tables(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private static readonly string Filler = new('x', 1040);

    private TestRouter? _second;

    private TestCluster Cluster => fixture.Cluster;

    private NpgsqlDataSource One => Cluster.Router;

    private NpgsqlDataSource Two => _second!.DataSource;

    public async Task InitializeAsync() => _second = await Cluster.AddRouterAsync();

    public async Task DisposeAsync() => await _second!.DisposeAsync();

    [Fact]
    public async Task Bounds_written_through_one_router_are_obeyed_by_the_other_at_once()
    {
        await One.ExecuteAsync("CREATE TABLE cut (k int, v int); SELECT create_distributed_table('cut', 'k', 'range')");
        var first = await One.ScalarAsync<long>("SELECT master_create_empty_shard('cut')");
        var second = await One.ScalarAsync<long>("SELECT master_create_empty_shard('cut')");
        Assert.Equal("cannot run INSERT command which targets multiple shards", await FailureAsync(Two, "INSERT INTO cut VALUES (1, 1)"));
        for (var turn = 0; turn < 6; turn++)
        {
            var (low, high) = (turn * 100, (turn * 100) + 50);
            await One.ExecuteAsync($"UPDATE pg_dist_shard SET shardminvalue = '{low}', shardmaxvalue = '{high - 1}' WHERE shardid = {first}");
            await One.ExecuteAsync($"UPDATE pg_dist_shard SET shardminvalue = '{high}', shardmaxvalue = '{high + 49}' WHERE shardid = {second}");
            await Two.ExecuteAsync($"INSERT INTO cut VALUES ({low}, {turn}), ({high}, {turn})");
            Assert.Equal("cannot run INSERT command which targets no shards", await FailureAsync(Two, $"INSERT INTO cut VALUES ({low + 100}, 0)"));
            Assert.Equal([$"{turn + 1}", $"{turn + 1}"], await Two.ColumnAsync<string>("SELECT result FROM run_command_on_shards('cut', 'SELECT count(*) FROM %s')"));
            Assert.Equal(1L, await Two.ScalarAsync<long>($"SELECT count(*) FROM cut WHERE k = {high}"));
        }
    }

    [Theory]
    [InlineData("append")]
    [InlineData("range")]
    public async Task Checks_of_a_domain_run_with_nobody_elses_rights(string method)
    {
        await One.ExecuteAsync(
            $"""
            CREATE ROLE {method}_owner;
            GRANT CREATE, USAGE ON SCHEMA public TO {method}_owner;
            SET ROLE {method}_owner;
            CREATE FUNCTION {method}_checks(int) RETURNS bool LANGUAGE plpgsql AS $$
            BEGIN
                IF current_user <> '{method}_owner' THEN RAISE EXCEPTION 'runs as %', current_user; END IF;
                RETURN true;
            END $$;
            CREATE DOMAIN {method}_key AS int CHECK ({method}_checks(value));
            CREATE TABLE {method}_checked (k {method}_key, v int);
            RESET ROLE;
            """);
        await using var session = await One.OpenConnectionAsync();
        await session.ExecuteAsync($"SET ROLE {method}_owner");
        await session.ExecuteAsync($"SELECT create_distributed_table('{method}_checked', 'k', '{method}')");
        if (method == "range")
        {
            await session.ExecuteAsync("SELECT master_create_empty_shard('range_checked')");
            await One.ExecuteAsync("UPDATE pg_dist_shard SET shardminvalue = '1', shardmaxvalue = '9' WHERE logicalrelid = 'range_checked'::regclass");
        }

        await using (var load = await session.BeginTextImportAsync($"COPY {method}_checked FROM STDIN"))
            await load.WriteAsync("1\t2\n3\t4\n");
        await session.ExecuteAsync($"SELECT citus_update_table_statistics('{method}_checked')");
        Assert.Equal(3, await Two.ScalarAsync<int>($"SELECT k::int FROM {method}_checked WHERE k > 1"));
    }

    [Fact]
    public async Task Loads_through_both_routers_add_up_and_are_seen_by_both()
    {
        await One.ExecuteAsync("CREATE TABLE loads (at timestamp, n int); SELECT create_distributed_table('loads', 'at', 'append')");
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => LoadAsync(i % 2 == 0 ? One : Two, i)));
        foreach (var router in new[] { One, Two })
        {
            Assert.Equal(6000L, await router.ScalarAsync<long>("SELECT count(*) FROM loads"));
            Assert.Equal(1000L, await router.ScalarAsync<long>("SELECT count(*) FROM loads WHERE at >= '2024-01-04' AND at < '2024-01-05'"));
        }

        Assert.Equal(6L, await One.ScalarAsync<long>("SELECT count(*) FROM pg_dist_shard WHERE logicalrelid = 'loads'::regclass"));
        Assert.Equal(2, await Two.ScalarAsync<int>("SELECT master_apply_delete_command('DELETE FROM loads WHERE at < ''2024-01-03''')"));
        Assert.Equal(4000L, await One.ScalarAsync<long>("SELECT count(*) FROM loads"));
        await Two.ExecuteAsync("TRUNCATE loads");
        Assert.Equal(0L, await One.ScalarAsync<long>("SELECT count(*) FROM loads"));
        await One.ExecuteAsync("DROP TABLE loads");
        foreach (var node in Cluster.Nodes)
            Assert.Equal(0L, await node.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'loads%'"));
    }

    [Theory]
    [InlineData("citus.shard_max_size = '1GB'", 3, 1, 1)]
    [InlineData("citus.shard_max_size = '1GB'", 9, 2, 2)]
    [InlineData("citus.shard_max_size = '2MB'", 9, 6, 2)]
    [InlineData("citus.multi_shard_modify_mode = 'sequential'", 9, 1, 1)]
    [InlineData("citus.shard_replication_factor = 2", 9, 1, 2)]
    public async Task A_large_load_fills_a_shard_on_each_node_at_the_same_time(string setting, int megabytes, int shards, int nodes)
    {
        // Vacuum would add files of its own to the sizes that the COPY has recorded.
        await using var session = await One.OpenConnectionAsync();
        await session.ExecuteAsync($"SET {setting}; DROP TABLE IF EXISTS wide; CREATE TABLE wide (n int, filler text) WITH (autovacuum_enabled = false); SELECT create_distributed_table('wide', 'n', 'append')");
        await LoadWideAsync(session, megabytes);
        // Which of two shards is full first is up to the nodes.
        Assert.InRange(await Two.ScalarAsync<long>("SELECT count(*) FROM pg_dist_shard WHERE logicalrelid = 'wide'::regclass"), shards > 2 ? shards - 1 : shards, shards);
        Assert.Equal((long)nodes, await Two.ScalarAsync<long>("SELECT count(DISTINCT nodeport) FROM pg_dist_shard JOIN pg_dist_shard_placement USING (shardid) WHERE logicalrelid = 'wide'::regclass"));

        var rows = megabytes * 1000L;
        Assert.Equal((rows, rows * (rows + 1) / 2), (await Two.ScalarAsync<long>("SELECT count(*) FROM wide"), await Two.ScalarAsync<long>("SELECT sum(n) FROM wide")));
        var held = await Two.ColumnAsync<string>("SELECT DISTINCT shardid || ' ' || result FROM run_command_on_placements('wide', 'SELECT min(n) || '' '' || max(n) FROM %s') ORDER BY 1");
        Assert.Equal(held, await Two.ColumnAsync<string>("SELECT shardid || ' ' || shardminvalue || ' ' || shardmaxvalue FROM pg_dist_shard WHERE logicalrelid = 'wide'::regclass ORDER BY 1"));
        Assert.Equal(0L, await Two.ScalarAsync<long>(
            "SELECT count(*) FROM run_command_on_placements('wide', 'SELECT pg_table_size(''%s'')') r JOIN pg_dist_shard_placement p USING (shardid, nodeport) WHERE p.shardlength <> r.result::bigint"));
    }

    [Theory]
    [InlineData("append")]
    [InlineData("hash")]
    public async Task A_load_that_takes_longer_than_statements_may_ends(string method)
    {
        await using var session = await One.OpenConnectionAsync();
        await session.ExecuteAsync($"CREATE TABLE {method}_slow (n int, filler text); SELECT create_distributed_table('{method}_slow', 'n', '{method}'); SET statement_timeout = '300ms'");
        var writer = await session.BeginTextImportAsync($"COPY {method}_slow FROM STDIN");
        var error = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            for (var n = 1; n <= 40; n++, await Task.Delay(20))
            {
                await writer.WriteAsync($"{n}\tx\n");
                await writer.FlushAsync();
            }

            await writer.DisposeAsync();
        });
        Assert.Equal(("57014", "canceling statement due to statement timeout"), (error.SqlState, error.MessageText));
        Assert.StartsWith($"COPY {method}_slow, line ", error.Where);
        await session.ExecuteAsync("RESET statement_timeout");
        Assert.Equal(0L, await One.ScalarAsync<long>($"SELECT count(*) FROM {method}_slow"));
    }

    [Fact]
    public async Task Of_the_errors_in_a_large_load_the_first_is_told_and_nothing_stays()
    {
        await using var session = await One.OpenConnectionAsync();
        await session.ExecuteAsync("CREATE TABLE faulty (n int, filler text, CHECK (filler <> 'bad')); SELECT create_distributed_table('faulty', 'n', 'append')");
        foreach (var first in new[] { 5500, 6100, 6700 })
        {
            var writer = await session.BeginTextImportAsync("COPY faulty FROM STDIN");
            for (var n = 1; n <= 9000; n++)
                await writer.WriteAsync($"{n}\t{(n >= first && (n - first) % 600 == 0 ? "bad" : Filler)}\n");
            var error = await Assert.ThrowsAsync<PostgresException>(async () => await writer.DisposeAsync());
            Assert.Equal(("23514", $"COPY faulty, line {first}: \"{first}\tbad\""), (error.SqlState, error.Where));
            Assert.Equal(0L, await One.ScalarAsync<long>("SELECT count(*) FROM pg_dist_shard WHERE logicalrelid = 'faulty'::regclass"));
            foreach (var node in Cluster.Nodes.Skip(1))
                Assert.Equal(0L, await node.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'faulty%'"));
        }
    }

    [Fact]
    public async Task Only_the_shards_that_may_match_are_read()
    {
        await One.ExecuteAsync("CREATE TABLE pruned (at timestamp, n int); SELECT create_distributed_table('pruned', 'at', 'append')");
        for (var day = 0; day < 4; day++)
            await LoadAsync(One, day, "pruned");
        Assert.Equal("Task Count: 1", await TasksAsync("SELECT * FROM pruned WHERE at = '2024-01-02 00:00:10'"));
        Assert.Equal("Task Count: 2", await TasksAsync("SELECT * FROM pruned WHERE at BETWEEN '2024-01-02' AND '2024-01-03 00:00:01'"));
        Assert.Equal("Task Count: 2", await TasksAsync("SELECT * FROM pruned WHERE at < '2024-01-01 01:00' OR at > '2024-01-04'"));
        Assert.Equal("Task Count: 1", await TasksAsync("SELECT at, count(*) FROM pruned WHERE at >= '2024-01-03' AND at < '2024-01-04' GROUP BY at"));
        Assert.Equal("Task Count: 1", await TasksAsync("DELETE FROM pruned WHERE at >= '2024-01-04'"));
        Assert.Equal("Task Count: 4", await TasksAsync("SELECT * FROM pruned WHERE n = 1"));
    }

    [Fact]
    public async Task Every_copy_of_a_shard_is_written()
    {
        await using var session = await One.OpenConnectionAsync();
        await session.ExecuteAsync("SET citus.shard_replication_factor TO 2; CREATE TABLE twice (at timestamp, n int, r float8 DEFAULT random()); SELECT create_distributed_table('twice', 'at', 'append')");
        await using (var writer = await session.BeginTextImportAsync("COPY twice (at, n) FROM STDIN"))
            await writer.WriteAsync("2024-01-01 00:00:00\t1\n2024-01-02 00:00:00\t2\n2024-01-03 00:00:00\t3\n");
        await session.ExecuteAsync("INSERT INTO twice (at, n) VALUES ('2024-01-02 12:00', 4)");
        await session.ExecuteAsync("UPDATE twice SET n = n * 10 WHERE at >= '2024-01-02'");
        await session.ExecuteAsync("DELETE FROM twice WHERE n = 1");
        await session.ExecuteAsync("DO $$ BEGIN UPDATE twice SET n = n + 1 WHERE n = 20; END $$");
        var copies = await One.ColumnAsync<string>("SELECT result FROM run_command_on_placements('twice', 'SELECT md5(string_agg(t::text, '','' ORDER BY at)) FROM %s t')");
        Assert.Equal(2, copies.Count);
        Assert.Single(copies.Distinct());
        Assert.Equal(3L + 21 + 30 + 40 - 3, await One.ScalarAsync<long>("SELECT sum(n) FROM twice"));
    }

    [Fact]
    public async Task A_table_that_is_appended_waits_for_those_who_change_the_shard()
    {
        await using var session = await One.OpenConnectionAsync();
        await session.ExecuteAsync("SET citus.shard_replication_factor TO 2; CREATE TABLE filled (at int, n int); SELECT create_distributed_table('filled', 'at', 'append')");
        await using var make = new NpgsqlCommand("SELECT master_create_empty_shard('filled')", session);
        var shard = (long)(await make.ExecuteScalarAsync())!;
        await Cluster.Nodes[1].ExecuteAsync("CREATE TABLE staged AS SELECT i AS at, i AS n FROM generate_series(1, 100) i");
        var append = $"SELECT master_append_table_to_shard({shard}, 'staged', '127.0.0.1', {Cluster.WorkerPorts[0]})";
        await Two.ExecuteAsync(append);

        await using (var open = await session.BeginTransactionAsync())
        {
            await session.ExecuteAsync("UPDATE filled SET n = n + 1");
            var refused = await Assert.ThrowsAsync<PostgresException>(() => Two.ExecuteAsync($"SET lock_timeout = '300ms'; {append}"));
            Assert.Equal("55P03", refused.SqlState);
            await open.CommitAsync();
        }

        await Two.ExecuteAsync(append);
        var copies = await One.ColumnAsync<string>("SELECT result FROM run_command_on_placements('filled', 'SELECT count(*) || md5(string_agg(t::text, '','' ORDER BY at, n)) FROM %s t')");
        Assert.Equal(2, copies.Count);
        Assert.Single(copies.Distinct());
        Assert.Equal((2 * 5050) + 100L, await One.ScalarAsync<long>("SELECT sum(n) FROM filled"));
    }

    private static async Task LoadAsync(NpgsqlDataSource router, int day, string table = "loads")
    {
        await using var session = await router.OpenConnectionAsync();
        await using var writer = await session.BeginTextImportAsync($"COPY {table} FROM STDIN");
        for (var i = 0; i < 1000; i++)
            await writer.WriteAsync($"2024-01-0{day + 1} 00:{i / 60:00}:{i % 60:00}\t{i}\n");
    }

    private static async Task LoadWideAsync(NpgsqlConnection session, int megabytes)
    {
        await using var writer = await session.BeginTextImportAsync("COPY wide FROM STDIN");
        for (var n = 1; n <= megabytes * 1000; n++)
            await writer.WriteAsync($"{n}\t{Filler}\n");
    }

    private async Task<string> TasksAsync(string sql) =>
        (await One.ColumnAsync<string>($"EXPLAIN (COSTS off) {sql}")).Select(l => l.Trim()).First(l => l.StartsWith("Task Count", StringComparison.Ordinal));

    private static async Task<string> FailureAsync(NpgsqlDataSource router, string sql)
    {
        var failure = await Assert.ThrowsAsync<PostgresException>(() => router.ExecuteAsync(sql));
        Assert.Equal("0A000", failure.SqlState);
        return failure.MessageText;
    }
}
