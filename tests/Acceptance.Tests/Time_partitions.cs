using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>The functions that make and drop partitions by time.</summary>
public sealed class Time_partitions(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Are_made_where_they_are_missing_listed_and_dropped_when_they_are_old()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE series (id int, at timestamptz NOT NULL, v int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)");
        await Cluster.Router.ExecuteAsync("SELECT create_distributed_table('series', 'id')");
        Assert.True(await Cluster.Router.ScalarAsync<bool>("SELECT create_time_partitions('series', '1 month', '2024-04-01', '2024-01-15')"));
        Assert.False(await Cluster.Router.ScalarAsync<bool>("SELECT create_time_partitions('series', '1 month', '2024-04-01', '2024-01-15')"));
        Assert.Equal(
            ["series_p2024_01", "series_p2024_02", "series_p2024_03"],
            await Cluster.Router.ColumnAsync<string>("SELECT partition::text FROM time_partitions WHERE parent_table = 'series'::regclass ORDER BY from_value"));
        Assert.Equal(
            ["series_p2024_04", "series_p2024_05"],
            await Cluster.Router.ColumnAsync<string>("SELECT partition_name FROM get_missing_time_partition_ranges('series', '1 month', '2024-06-01', '2024-02-01')"));

        await Cluster.Router.ExecuteAsync("INSERT INTO series SELECT i, timestamptz '2024-01-01 12:00' + i % 90 * interval '1 day', i FROM generate_series(1, 900) i");
        var rows = await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM series WHERE at >= '2024-02-01'");
        await Cluster.Router.ExecuteAsync("CALL drop_old_time_partitions('series', '2024-02-01')");
        Assert.Equal(rows, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM series"));
        Assert.Equal(2, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM time_partitions WHERE parent_table = 'series'::regclass"));
        Assert.Equal(
            ["0", "0"], await Cluster.Router.ColumnAsync<string>("SELECT result FROM run_command_on_workers($$SELECT count(*) FROM pg_class WHERE relname LIKE 'series_p2024_01%'$$)"));
    }

    [Fact]
    public async Task Count_in_the_size_of_their_table_and_come_back_to_one_server()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE sized (id int, at date NOT NULL, v text) PARTITION BY RANGE (at)");
        await Cluster.Router.ExecuteAsync("CREATE TABLE sized_1 PARTITION OF sized FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')");
        await Cluster.Router.ExecuteAsync("INSERT INTO sized SELECT i, '2024-05-05', repeat('x', 500) FROM generate_series(1, 2000) i");
        await Cluster.Router.ExecuteAsync("SELECT create_distributed_table('sized', 'id')");
        Assert.True(await Cluster.Router.ScalarAsync<long>("SELECT citus_table_size('sized')") > 1_000_000);
        Assert.Equal(2, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM pg_dist_partition WHERE logicalrelid::text LIKE 'sized%'"));
        await Cluster.Router.ExecuteAsync("SELECT undistribute_table('sized')");
        Assert.Equal(2000, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM ONLY sized_1"));
        Assert.Equal(0, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM pg_dist_partition WHERE logicalrelid::text LIKE 'sized%'"));
    }
}
