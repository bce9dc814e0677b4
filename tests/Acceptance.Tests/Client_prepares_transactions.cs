using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>What a client has prepared stays prepared, whoever dies, until a client ends it through any router; and then all of it is ended.</summary>
public sealed class Client_prepares_transactions(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private TestCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData("COMMIT", 40L)]
    [InlineData("ROLLBACK", 0L)]
    public async Task It_waits_for_its_end_through_crashes(string end, long sum)
    {
        await MakeAsync("waits");
        await Cluster.Router.ExecuteAsync("DROP TABLE IF EXISTS waits_local; CREATE TABLE waits_local (v int)");
        await using (var session = await Cluster.Router.OpenConnectionAsync())
            await session.ExecuteAsync("BEGIN; UPDATE waits SET v = 1; INSERT INTO waits_local VALUES (1); PREPARE TRANSACTION 'waits'");
        Assert.Equal(3, (await Cluster.PreparedAsync()).Count);
        await using var other = await Cluster.AddRouterAsync();
        await Cluster.KillRouterAsync();
        for (var node = 0; node < 3; node++)
            await Cluster.KillNodeAsync(node);
        await Cluster.RestartRouterAsync();

        // Recovery of both routers has looked at it.
        await Waiting.UntilAsync(async () => await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM waits") == 0);
        await Task.Delay(TimeSpan.FromSeconds(8));
        Assert.Equal(3, (await Cluster.PreparedAsync()).Count);

        await Waiting.UntilAsync(async () =>
        {
            await other.DataSource.ExecuteAsync($"{end} PREPARED 'waits'");
            return true;
        });
        Assert.Equal(sum, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM waits"));
        Assert.Equal(sum / 40, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM waits_local"));
        Assert.Empty(await Cluster.PreparedAsync());
    }

    [Fact]
    public async Task A_node_that_is_down_follows_when_it_is_back()
    {
        await MakeAsync("follows");
        await using (var session = await Cluster.Router.OpenConnectionAsync())
            await session.ExecuteAsync("BEGIN; UPDATE follows SET v = 1; PREPARE TRANSACTION 'follows'");
        await Cluster.KillNodeAsync(1);
        await Cluster.Router.ExecuteAsync("COMMIT PREPARED 'follows'");
        await Waiting.UntilAsync(async () => (await Cluster.PreparedAsync()).Count == 0);
        Assert.Equal(40L, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM follows"));
    }

    [Fact]
    public async Task A_snapshot_sees_all_of_it_or_nothing()
    {
        await MakeAsync("whole");
        using var stop = new CancellationTokenSource();
        var seen = 0;
        var reading = Task.Run(async () =>
        {
            await using var reader = await Cluster.Router.OpenConnectionAsync();
            while (!stop.IsCancellationRequested)
            {
                await using var snapshot = await reader.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
                await using var command = new NpgsqlCommand("SELECT count(DISTINCT v) FROM whole", reader);
                Assert.Equal(1L, await command.ExecuteScalarAsync());
                seen++;
            }
        });
        await using (var writer = await Cluster.Router.OpenConnectionAsync())
        {
            for (var round = 1; round <= 40; round++)
            {
                await writer.ExecuteAsync($"BEGIN; UPDATE whole SET v = {round}; PREPARE TRANSACTION 'whole'");
                await writer.ExecuteAsync("COMMIT PREPARED 'whole'");
            }
        }

        await stop.CancelAsync();
        await reading;
        Assert.True(seen > 10, $"{seen} snapshots");
    }

    /// <summary>A distributed table of 40 rows over both nodes, all with a value of 0.</summary>
    private async Task MakeAsync(string table) => await Cluster.Router.ExecuteAsync(
        $"""
        DROP TABLE IF EXISTS {table};
        CREATE TABLE {table} (id int PRIMARY KEY, v int);
        SELECT create_distributed_table('{table}', 'id');
        INSERT INTO {table} SELECT i, 0 FROM generate_series(1, 40) i;
        """);
}
