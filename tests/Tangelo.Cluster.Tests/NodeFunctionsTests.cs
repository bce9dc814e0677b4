using Npgsql;
using Xunit;

namespace Tangelo.Cluster.Tests;

public sealed class NodeFunctionsTests : IAsyncLifetime
{
    private readonly ClusterFixture _cluster = new();

    private int W1 => _cluster.Worker1.Port;

    private int W2 => _cluster.Worker2.Port;

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Adding_a_node_twice_gives_the_same_id_and_marks_it()
    {
        var first = await _cluster.RunAsync($"SELECT citus_add_node('127.0.0.1', {W1})");
        var second = await _cluster.RunAsync($"SELECT citus_add_node('127.0.0.1', {W1})");

        Assert.Equal(first, second);
        Assert.Equal(
            (await _cluster.RunAsync("SELECT citus_server_id()"))[0],
            await ClusterFixture.QueryAsync(_cluster.Worker1, "SELECT cluster_id FROM tangelo.node_identity"));
        Assert.Equal([$"127.0.0.1|{W1}"], await _cluster.RunAsync("SELECT * FROM citus_get_active_worker_nodes()"));
    }

    [Fact]
    public async Task A_node_that_cannot_serve_is_refused_and_nothing_stays()
    {
        await RefusedAsync("08006", "citus_add_node('127.0.0.1', 1)");
        await RefusedAsync("55000", $"citus_add_node('127.0.0.1', {_cluster.Coordinator.Port})");
        await _cluster.RunAsync($"SELECT citus_add_node('127.0.0.1', {W1})");
        await RefusedAsync("55000", $"citus_add_node('localhost', {W1})");

        await using (var other = _cluster.Worker2.DataSource.CreateCommand(
            "CREATE SCHEMA tangelo; CREATE TABLE tangelo.node_identity AS SELECT gen_random_uuid() AS cluster_id, 1 AS node_id"))
            await other.ExecuteNonQueryAsync();
        await RefusedAsync("55000", $"citus_add_node('127.0.0.1', {W2})");

        await using var plain = await PostgresServer.StartAsync(preparedTransactions: 0);
        await RefusedAsync("55000", $"citus_add_node('127.0.0.1', {plain.Port})");
        Assert.Equal(["1"], await _cluster.RunAsync("SELECT count(*) FROM pg_dist_node"));
    }

    [Fact]
    public async Task A_new_node_gets_the_rows_of_reference_tables_and_loses_them_when_removed()
    {
        await _cluster.RunAsync($"SELECT citus_set_coordinator_host('127.0.0.1', 9999), citus_add_node('127.0.0.1', {W1})");
        await _cluster.RunAsync(
            """
            CREATE TABLE continents (id int PRIMARY KEY, name text);
            SELECT create_reference_table('continents');
            CREATE TABLE countries (id int PRIMARY KEY, continent int, label text, size int GENERATED ALWAYS AS (length(label)) STORED);
            SELECT create_reference_table('countries');
            """);
        var shards = await _cluster.RunAsync("SELECT shard_name(logicalrelid, shardid) FROM pg_dist_shard ORDER BY shardid");
        foreach (var server in new[] { _cluster.Worker1, _cluster.Coordinator })
        {
            await using var fill = server.DataSource.CreateCommand(
                $"""
                INSERT INTO {shards[0]} SELECT i, 'c' || i FROM generate_series(1, 2500) i;
                INSERT INTO {shards[1]} SELECT i, i, CASE WHEN i % 3 > 0 THEN 'it''s \ ' || i END FROM generate_series(1, 2500) i;
                """);
            await fill.ExecuteNonQueryAsync();
        }

        await _cluster.RunAsync($"SELECT citus_add_node('127.0.0.1', {W2})");

        var digest = $"SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM {shards[1]} t";
        Assert.Equal(await ClusterFixture.QueryAsync(_cluster.Worker1, digest), await ClusterFixture.QueryAsync(_cluster.Worker2, digest));
        Assert.Equal(["6"], await _cluster.RunAsync("SELECT count(*) FROM pg_dist_placement"));
        Assert.Equal(["t"], await _cluster.RunAsync("SELECT count(*) > 0 FROM tangelo_hidden_object WHERE objid = (SELECT oid FROM pg_class WHERE relname LIKE 'countries\\_1%' AND relkind = 'r')"));

        await _cluster.RunAsync($"SELECT citus_remove_node('127.0.0.1', {W2})");

        Assert.Equal("0", await ClusterFixture.QueryAsync(_cluster.Worker2, "SELECT count(*) FROM pg_class WHERE relname LIKE 'countries%' OR relname = 'node_identity'"));
        Assert.Equal(["4"], await _cluster.RunAsync("SELECT count(*) FROM pg_dist_placement"));
    }

    [Fact]
    public async Task A_node_with_the_only_copy_of_a_shard_cannot_be_removed()
    {
        await _cluster.RunAsync($"SELECT citus_add_node('127.0.0.1', {W1}); CREATE TABLE t (id int); SELECT create_distributed_table('t', 'id')");
        await RefusedAsync("55000", $"citus_remove_node('127.0.0.1', {W1})");
        await RefusedAsync("55000", $"citus_disable_node('127.0.0.1', {W1})");
        await _cluster.RunAsync($"DROP TABLE t; SELECT citus_remove_node('127.0.0.1', {W1})");
        Assert.Equal(["0"], await _cluster.RunAsync("SELECT count(*) FROM pg_dist_node"));
    }

    [Fact]
    public async Task Inactive_nodes_get_no_shards_until_activated()
    {
        await _cluster.RunAsync($"SELECT citus_add_node('127.0.0.1', {W1}), citus_add_inactive_node('127.0.0.1', {W2})");
        Assert.Equal([$"127.0.0.1|{W1}"], await _cluster.RunAsync("SELECT * FROM master_get_active_worker_nodes()"));
        await _cluster.RunAsync($"SELECT citus_activate_node('127.0.0.1', {W2})");
        Assert.Equal(2, (await _cluster.RunAsync("SELECT * FROM citus_get_active_worker_nodes()")).Count);
        await _cluster.RunAsync($"SELECT citus_set_node_property('127.0.0.1', {W1}, 'shouldhaveshards', false)");
        await _cluster.RunAsync("CREATE TABLE t (id int); SELECT create_distributed_table('t', 'id', shard_count => 4)");
        Assert.Equal([$"{W2}|4"], await _cluster.RunAsync("SELECT nodeport, count(*) FROM pg_dist_shard_placement GROUP BY 1"));
    }

    [Fact]
    public async Task A_cluster_without_workers_keeps_shards_on_the_coordinator()
    {
        await _cluster.RunAsync("CREATE TABLE t (id int PRIMARY KEY); SELECT create_distributed_table('t', 'id', shard_count => 4)");

        Assert.Equal(["0|t|4"], await _cluster.RunAsync(
            "SELECT groupid, shouldhaveshards, count(*) FROM pg_dist_node JOIN pg_dist_placement USING (groupid) GROUP BY 1, 2"));
        Assert.Equal("4", await ClusterFixture.QueryAsync(_cluster.Coordinator, @"SELECT count(*) FROM pg_tables WHERE tablename LIKE 't\_1%'"));
        Assert.Equal(["16"], await _cluster.RunAsync("SELECT count(*) FROM tangelo_hidden_object WHERE objid NOT IN (SELECT objid FROM tangelo_own_object)"));
    }

    private async Task RefusedAsync(string code, string call)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => _cluster.RunAsync("SELECT " + call));
        Assert.Equal(code, error.SqlState);
    }
}
