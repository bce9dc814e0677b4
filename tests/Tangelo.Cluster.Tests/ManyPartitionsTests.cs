using Xunit;

namespace Tangelo.Cluster.Tests;

/// <summary>What is done for a partition does not depend on how many others there are: work is counted, not timed.</summary>
public sealed class ManyPartitionsTests(ManyPartitionsTests.Cluster cluster) : IClassFixture<ManyPartitionsTests.Cluster>
{
    [Fact]
    public async Task Twice_as_many_partitions_are_twice_the_work()
    {
        var (few, many) = (await DistributeAsync("few", 250), await DistributeAsync("many", 500));

        // A hundred at a time, on two workers; then the table itself, and the return of what lay aside.
        Assert.InRange(few.RoundTrips, 2, 2 * (3 + 2));
        Assert.InRange(many.RoundTrips, 2, 2 * (5 + 2));
        Assert.InRange((double)many.ReadByWorker / few.ReadByWorker, 1, 2.7);
        Assert.InRange((double)many.ReadByCoordinator / few.ReadByCoordinator, 1, 2.7);
        Assert.Equal("500", await ClusterFixture.QueryAsync(cluster.Worker1, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'many_" + await FirstShardAsync("many") + "'::regclass"));
        Assert.Equal(["500"], await cluster.RunAsync("SELECT count(*) FROM pg_inherits WHERE inhparent = 'many'::regclass"));
        Assert.Equal(["0"], await cluster.RunAsync("SELECT count(*) FROM tangelo_hidden_partition"));
    }

    [Fact]
    public async Task Partitions_that_lay_aside_take_rows_and_are_pruned()
    {
        await DistributeAsync("used", 150);
        var shard = "used_" + await FirstShardAsync("used");

        var places = await ClusterFixture.QueryAsync(
            cluster.Worker1, $"INSERT INTO {shard} SELECT 1, i FROM generate_series(0, 149) i; SELECT count(DISTINCT tableoid) FROM {shard}");
        Assert.Equal("150", places);
        Assert.Equal(
            $"Seq Scan on used_77_{await FirstShardAsync("used_77")} {shard}",
            await ClusterFixture.QueryAsync(cluster.Worker1, $"EXPLAIN (COSTS OFF) SELECT * FROM {shard} WHERE b = 77"));
    }

    [Fact]
    public async Task Dropping_many_partitions_is_one_round_trip_for_a_hundred()
    {
        await DistributeAsync("gone", 250);
        var before = cluster.Session.RoundTrips;
        await cluster.RunAsync("DROP TABLE gone");

        Assert.InRange(cluster.Session.RoundTrips - before, 2, 2 * 3);
        Assert.Equal("0", await ClusterFixture.QueryAsync(cluster.Worker1, @"SELECT count(*) FROM pg_class WHERE relname LIKE 'gone\_%'"));
    }

    [Fact]
    public async Task Ten_years_of_daily_partitions_are_made_at_once()
    {
        await cluster.RunAsync("CREATE TABLE days (a int, b date) PARTITION BY RANGE (b); SELECT create_distributed_table('days', 'a', shard_count => 2, colocate_with => 'none')");
        var before = cluster.Session.RoundTrips;

        Assert.Equal(["t"], await cluster.RunAsync("SELECT create_time_partitions('days', '1 day', '2020-09-01', '2020-01-01')"));

        Assert.InRange(cluster.Session.RoundTrips - before, 2, 2 * (3 + 1));
        Assert.Equal(["f"], await cluster.RunAsync("SELECT create_time_partitions('days', '1 day', '2020-09-01', '2020-01-01')"));
        Assert.Equal(["244|2020-01-01|2020-09-01"], await cluster.RunAsync("SELECT count(*), min(from_value), max(to_value) FROM time_partitions WHERE parent_table = 'days'::regclass"));
        Assert.Equal(
            "244", await ClusterFixture.QueryAsync(cluster.Worker1, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'days_" + await FirstShardAsync("days") + "'::regclass"));
    }

    private async Task<string> FirstShardAsync(string table) => (await cluster.RunAsync(
        "SELECT min(shardid) FROM pg_dist_shard JOIN pg_dist_placement USING (shardid) JOIN pg_dist_node USING (groupid) "
        + $"WHERE logicalrelid = '{table}'::regclass AND nodeport = {cluster.Worker1.Port}")).Single();

    private async Task<Work> DistributeAsync(string table, int partitions)
    {
        await cluster.RunAsync(
            $"""
            CREATE TABLE {table} (a int, b int) PARTITION BY RANGE (b);
            DO $$ BEGIN FOR i IN 0 .. {partitions - 1} LOOP EXECUTE format('CREATE TABLE {table}_%s PARTITION OF {table} FOR VALUES FROM (%s) TO (%s)', i, i, i + 1); END LOOP; END $$
            """);
        var before = await ReadAsync();
        var roundTrips = cluster.Session.RoundTrips;
        await cluster.RunAsync($"SELECT create_distributed_table('{table}', 'a', shard_count => 2, colocate_with => 'none')");
        var after = await ReadAsync();
        return new Work(cluster.Session.RoundTrips - roundTrips, after.Coordinator - before.Coordinator, after.Worker - before.Worker);
    }

    // Rows of pg_inherits that were read. A backend tells of it at the end of a transaction, if it has told nothing for a second; ours here is told to.
    private async Task<(long Coordinator, long Worker)> ReadAsync()
    {
        await ClusterFixture.QueryAsync(cluster.Coordinator, "SELECT pg_stat_force_next_flush()");
        await Task.Delay(200);
        var read = new List<long>();
        foreach (var server in new[] { cluster.Coordinator, cluster.Worker1 })
            read.Add(long.Parse((await ClusterFixture.QueryAsync(server, "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_sys_tables WHERE relname = 'pg_inherits'"))!));
        return (read[0], read[1]);
    }

    private sealed record Work(int RoundTrips, long ReadByCoordinator, long ReadByWorker);

    /// <summary>A coordinator and two workers.</summary>
    public sealed class Cluster : IAsyncLifetime
    {
        private readonly ClusterFixture _fixture = new();

        internal PostgresServer Coordinator => _fixture.Coordinator;

        internal PostgresServer Worker1 => _fixture.Worker1;

        internal TestClusterSession Session => _fixture.Session;

        public async Task InitializeAsync()
        {
            await _fixture.InitializeAsync();
            await _fixture.RunAsync(
                $"SELECT citus_add_node('127.0.0.1', {_fixture.Worker1.Port}); SELECT citus_add_node('127.0.0.1', {_fixture.Worker2.Port})");
        }

        public Task DisposeAsync() => _fixture.DisposeAsync();

        internal Task<IReadOnlyList<string>> RunAsync(string sql) => _fixture.RunAsync(sql);
    }
}
