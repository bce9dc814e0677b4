using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>SIGTERM stops the router and its nodes in time, whatever clients do, and the data stays.</summary>
public sealed class Cluster_is_stopped(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Within_ten_seconds_although_clients_are_busy()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE kept (id int PRIMARY KEY, v text)");
        await Cluster.Router.ExecuteAsync("SELECT create_distributed_table('kept', 'id')");
        await Cluster.Router.ExecuteAsync("INSERT INTO kept SELECT i, 'v' || i FROM generate_series(1, 1000) i");

        await using var idle = await Cluster.Router.OpenConnectionAsync();
        var waiting = Cluster.Router.ExecuteAsync("SELECT pg_sleep(600)");
        var working = Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM kept WHERE pg_sleep(1) IS NOT NULL");
        await using var writer = await Cluster.Router.OpenConnectionAsync();
        await using var open = await writer.BeginTransactionAsync();
        await using var delete = new NpgsqlCommand("DELETE FROM kept", writer, open);
        Assert.Equal(1000, await delete.ExecuteNonQueryAsync());

        Assert.Equal(0, await Cluster.StopAsync(Limit));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => waiting);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => working);
        for (var node = 0; node < Cluster.Nodes.Length; node++)
            Assert.False(Cluster.NodeRuns(node), $"Node {node} still runs.");

        await Cluster.RestartRouterAsync();
        Assert.Equal(1000L, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM kept WHERE v = 'v' || id"));
        Assert.Equal(32L, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM pg_dist_shard WHERE logicalrelid = 'kept'::regclass"));
    }

    [Fact]
    public async Task A_killed_router_leaves_its_nodes_to_the_next_one()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE IF NOT EXISTS seen (id int PRIMARY KEY)");
        await Cluster.Router.ExecuteAsync("INSERT INTO seen VALUES (1) ON CONFLICT DO NOTHING");
        await Cluster.KillRouterAsync();
        for (var node = 0; node < Cluster.Nodes.Length; node++)
        {
            Assert.True(Cluster.NodeRuns(node));
            Assert.Equal(1, await Cluster.Nodes[node].ScalarAsync<int>("SELECT 1"));
        }
        await Cluster.RestartRouterAsync();
        Assert.Equal(1L, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM seen"));
    }
}
