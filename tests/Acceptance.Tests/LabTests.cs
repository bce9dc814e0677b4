using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// The walk of a first user through psql: three servers become a cluster, a table is distributed, filled and looked at, the
/// schema changes, and everything is there after a restart. The steps build on each other, so they are one test each part.
/// </summary>
public sealed class LabTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_first_user_walks_through_the_lab()
    {
        await TheClusterIsThere();
        await ATableIsDistributedAndFilled("users");
        await RowsLieWherePostgresHashSays("users");
        await RowsAreChanged("users");
        await TheSchemaChangesOnEveryShard("users");
        await TheViewsAnswer("users");

        Assert.Equal(0, await Cluster.StopAsync(TimeSpan.FromSeconds(10)));
        await Cluster.RestartRouterAsync();
        await ExpectAsync("SELECT count(*), sum(age) FROM users", "10000|70000");
        await ExpectAsync("SELECT name FROM users WHERE id = 1", "Alicia");
        await ExpectAsync("SELECT count(*) FROM citus_shards WHERE table_name = 'users'::regclass", "32");

        await ExpectAsync("DROP TABLE users");
        foreach (var worker in Cluster.Nodes.Skip(1))
            Assert.Equal(0L, await worker.ScalarAsync<long>(@"SELECT count(*) FROM pg_tables WHERE tablename LIKE 'users\_1%'"));
    }

    [Fact]
    public async Task Errors_are_those_of_PostgreSQL_and_Citus()
    {
        await ExpectAsync("CREATE TABLE failing (id int PRIMARY KEY, name text); SELECT create_distributed_table('failing', 'id')", "");
        await ExpectAsync("INSERT INTO failing VALUES (5, 'five')");
        await ExpectErrorAsync("SELECT nope FROM failing WHERE id = 3", "42703", "column \"nope\" does not exist");
        await ExpectErrorAsync("INSERT INTO failing VALUES (5, 'again')", "23505", "duplicate key value violates unique constraint \"failing_pkey");
        await ExpectErrorAsync("SELECT create_distributed_table('failing', 'id')", "42P16", "table \"failing\" is already distributed");
        await ExpectErrorAsync(
            "CREATE TABLE lacking (a int); SELECT create_distributed_table('lacking', 'b')", "42703", "column \"b\" of relation \"lacking\" does not exist");
        await ExpectErrorAsync(
            "CREATE TABLE misplaced (a int, b int UNIQUE); SELECT create_distributed_table('misplaced', 'a')", "0A000", "cannot create constraint on \"misplaced\"");
        await ExpectErrorAsync("SELECT citus_add_node('127.0.0.1', 1)", "08006", "");
        await ExpectAsync("SELECT count(*) FROM pg_dist_node WHERE nodeport = 1", "0");
    }

    [Fact]
    public async Task A_transaction_over_shards_commits_or_rolls_back_whole()
    {
        await ExpectAsync(
            "CREATE TABLE pairs (id int PRIMARY KEY, v int); SELECT create_distributed_table('pairs', 'id'); INSERT INTO pairs SELECT i, 0 FROM generate_series(1, 100) i", "");
        await ExpectAsync("BEGIN; UPDATE pairs SET v = 1; SELECT sum(v) FROM pairs; ROLLBACK; SELECT sum(v) FROM pairs", "100", "0");
        await ExpectAsync("BEGIN; UPDATE pairs SET v = 1; SAVEPOINT s; UPDATE pairs SET v = 5; ROLLBACK TO s; COMMIT; SELECT sum(v) FROM pairs", "100");
    }

    private async Task TheClusterIsThere()
    {
        var (first, second) = (Cluster.WorkerPorts[0], Cluster.WorkerPorts[1]);
        await ExpectAsync("CREATE EXTENSION IF NOT EXISTS citus");
        await ExpectAsync($"SELECT 1 FROM citus_set_coordinator_host('127.0.0.1', {Cluster.Port})", "1");
        await ExpectAsync($"SELECT citus_add_node('127.0.0.1', {first}) = (SELECT nodeid FROM pg_dist_node WHERE nodeport = {first})", "t");
        await ExpectAsync("SELECT * FROM citus_get_active_worker_nodes() ORDER BY 2", $"127.0.0.1|{first}", $"127.0.0.1|{second}");
    }

    private async Task ATableIsDistributedAndFilled(string table)
    {
        await ExpectAsync($"CREATE TABLE {table} (id SERIAL PRIMARY KEY, name TEXT, email TEXT); SELECT create_distributed_table('{table}', 'id')", "");
        await ExpectAsync(
            $"SELECT nodeport, count(*) FROM pg_dist_shard JOIN pg_dist_shard_placement USING (shardid) WHERE logicalrelid = '{table}'::regclass GROUP BY 1 ORDER BY 1",
            $"{Cluster.WorkerPorts[0]}|16",
            $"{Cluster.WorkerPorts[1]}|16");
        await ExpectAsync(
            $"INSERT INTO {table} (name, email) VALUES ('Alice', 'alice@example.com'), ('Bob', 'bob@example.com') RETURNING id, name", "1|Alice", "2|Bob");
        await ExpectAsync(
            $"INSERT INTO {table} (name, email) SELECT initcap(left(md5(i::text), 8)), md5(i::text) || '@example.com' FROM generate_series(1, 10000) i");
        await ExpectAsync($"SELECT count(*), count(DISTINCT id), min(id), max(id) FROM {table}", "10002|10002|1|10002");
        await ExpectAsync($"SELECT name, email FROM {table} WHERE id = 1", "Alice|alice@example.com");
        await ExpectAsync($"SELECT count(*) FROM (SELECT * FROM {table} LIMIT 20) t", "20");
    }

    private async Task RowsLieWherePostgresHashSays(string table)
    {
        await ExpectAsync(
            $"SELECT get_shard_id_for_distribution_column('{table}', 1) - min(shardid) FROM pg_dist_shard WHERE logicalrelid = '{table}'::regclass", "1");
        await ExpectAsync($"SELECT sum(result::int) FROM run_command_on_shards('{table}', 'SELECT count(*) FROM %s')", "10002");
        long rows = 0;
        foreach (var worker in Cluster.Nodes.Skip(1))
            foreach (var shard in await worker.ColumnAsync<string>($@"SELECT tablename::text FROM pg_tables WHERE tablename LIKE '{table}\_1%'"))
                rows += await worker.ScalarAsync<long>($"SELECT count(*) FROM {shard}");
        Assert.Equal(10002, rows);
    }

    private async Task RowsAreChanged(string table)
    {
        await ExpectAsync($"UPDATE {table} SET name = 'Alicia' WHERE id = 1 RETURNING name", "Alicia");
        await ExpectAsync($"DELETE FROM {table} WHERE id > 10000 RETURNING 1", "1", "1");
        await ExpectAsync($"SELECT count(*) FROM {table}", "10000");
    }

    private async Task TheSchemaChangesOnEveryShard(string table)
    {
        await ExpectAsync($"ALTER TABLE {table} ADD COLUMN age int DEFAULT 7; CREATE INDEX {table}_email_idx ON {table} (email)");
        await ExpectAsync($"SELECT sum(age) FROM {table}", "70000");
        await ExpectAsync($"SELECT indexdef FROM pg_indexes WHERE tablename = '{table}' AND indexname = '{table}_pkey'",
            $"CREATE UNIQUE INDEX {table}_pkey ON public.{table} USING btree (id)");
        long indexes = 0;
        foreach (var worker in Cluster.Nodes.Skip(1))
            indexes += await worker.ScalarAsync<long>($@"SELECT count(*) FROM pg_indexes WHERE indexname LIKE '{table}\_email\_idx\_1%'");
        Assert.Equal(32, indexes);
    }

    private async Task TheViewsAnswer(string table)
    {
        await ExpectAsync($"SELECT table_name, citus_table_type, distribution_column, shard_count FROM citus_tables WHERE table_name = '{table}'::regclass", $"{table}|distributed|id|32");
        await ExpectAsync($"SELECT partmethod, repmodel FROM pg_dist_partition WHERE logicalrelid = '{table}'::regclass", "h|s");
        await ExpectAsync("SELECT count(*) >= 1 FROM citus_stat_activity WHERE query LIKE '%citus_stat_activity%'", "t");
        await ExpectAsync("SELECT count(*) >= 0 FROM citus_stat_statements", "t");
    }

    private async Task ExpectAsync(string script, params string[] lines)
    {
        var result = await fixture.Psql.RunAsync(script);
        Assert.True(result.Errors.Length == 0 || !result.Errors.Contains("ERROR:", StringComparison.Ordinal), $"{script}\n{result.Errors}");
        Assert.Equal(lines.Where(l => l.Length > 0), result.Lines);
    }

    private async Task ExpectErrorAsync(string script, string sqlState, string message)
    {
        var result = await fixture.Psql.RunAsync(script);
        Assert.Contains($"ERROR:  {sqlState}: {message}", result.Errors);
    }
}
