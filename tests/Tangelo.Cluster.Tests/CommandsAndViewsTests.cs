using Npgsql;
using Xunit;

namespace Tangelo.Cluster.Tests;

public sealed class CommandsAndViewsTests(DistributingTablesTests.Cluster cluster) : IClassFixture<DistributingTablesTests.Cluster>
{
    [Fact]
    public async Task Commands_run_on_workers_shards_and_placements()
    {
        await cluster.RunAsync("CREATE TABLE run (id int); SELECT create_distributed_table('run', 'id', shard_count => 8)");

        Assert.Equal(
            new[] { cluster.Worker1.Port, cluster.Worker2.Port }.Select(p => $"127.0.0.1|{p}|t|4").Order(),
            (await cluster.RunAsync(@"SELECT * FROM run_command_on_workers($$SELECT count(*) FROM pg_tables WHERE tablename LIKE 'run\_1%'$$)")).Order());
        Assert.Equal(["8|0"], await cluster.RunAsync("SELECT count(*), sum(result::int) FROM run_command_on_shards('run', 'SELECT count(*) FROM %s') WHERE success"));
        Assert.Equal(["8"], await cluster.RunAsync("SELECT count(*) FROM run_command_on_placements('run', 'SELECT 1', false) WHERE result = '1'"));
        Assert.Equal(["f|ERROR: relation \"nowhere\" does not exist"], await cluster.RunAsync("SELECT DISTINCT success, result FROM run_command_on_all_nodes('SELECT * FROM nowhere')"));
        Assert.Equal(["t"], await cluster.RunAsync("SELECT bool_and(result) FROM citus_check_cluster_node_health()"));
        Assert.Equal(["f"], await cluster.RunAsync("SELECT citus_check_connection_to_node('127.0.0.1', 1)"));
    }

    [Fact]
    public async Task Views_show_tables_shards_and_sizes()
    {
        await cluster.RunAsync("CREATE TABLE seen (id int PRIMARY KEY); SELECT create_distributed_table('seen', 'id', shard_count => 8); CREATE TABLE everywhere (id int); SELECT create_reference_table('everywhere')");

        Assert.Equal(
            ["everywhere|reference|<none>|1|heap", "seen|distributed|id|8|heap"],
            await cluster.RunAsync("SELECT table_name, citus_table_type, distribution_column, shard_count, access_method FROM citus_tables WHERE table_name IN ('seen'::regclass, 'everywhere'::regclass)"));
        Assert.Equal(["8|65536"], await cluster.RunAsync("SELECT count(*), sum(shard_size) FROM citus_shards WHERE table_name = 'seen'::regclass"));
        Assert.Equal(["0|0|65536"], await cluster.RunAsync("SELECT citus_relation_size('seen'), citus_table_size('seen'), citus_total_relation_size('seen')"));
        Assert.Equal(["64 kB"], await cluster.RunAsync("SELECT table_size FROM citus_tables WHERE table_name = 'seen'::regclass"));
        Assert.Equal(["8192"], await cluster.RunAsync("SELECT DISTINCT citus_shard_size(shardid) FROM pg_dist_shard WHERE logicalrelid = 'seen'::regclass"));
        Assert.Equal(["t"], await cluster.RunAsync("SELECT count(*) >= 0 FROM citus_worker_stat_activity WHERE nodename = '127.0.0.1'"));
    }

    [Fact]
    public async Task Values_hash_to_the_shard_whose_range_holds_them()
    {
        await cluster.RunAsync(
            """
            CREATE TABLE by_int (id int); SELECT create_distributed_table('by_int', 'id', colocate_with => 'none');
            CREATE TABLE by_text (id varchar(20)); SELECT create_distributed_table('by_text', 'id', colocate_with => 'none');
            """);

        Assert.Equal(["1|8"], await cluster.RunAsync(
            "SELECT get_shard_id_for_distribution_column('by_int', 1) - min(shardid), get_shard_id_for_distribution_column('by_int', '4711') - min(shardid) FROM pg_dist_shard WHERE logicalrelid = 'by_int'::regclass"));
        Assert.Equal(["t"], await cluster.RunAsync(
            "SELECT hashtext('abc') BETWEEN shardminvalue::int AND shardmaxvalue::int FROM pg_dist_shard WHERE shardid = get_shard_id_for_distribution_column('by_text', 'abc')"));
        var error = await Assert.ThrowsAsync<PostgresException>(() => cluster.RunAsync("SELECT get_shard_id_for_distribution_column('by_int')"));
        Assert.Equal("22004", error.SqlState);
    }

    [Fact]
    public async Task A_long_name_is_cut_as_the_router_cuts_it()
    {
        foreach (var name in new[] { "t", new string('x', 70)[..63], new string('é', 31), "mix" + string.Concat(Enumerable.Repeat("𐍈", 15)) })
            Assert.Equal(
                [Catalog.ShardNames.Extend(name, new Core.ShardId(102008))],
                await cluster.RunAsync($"SELECT tangelo_shard_relname('{name}', 102008)"));
    }
}
