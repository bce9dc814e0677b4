using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>A router that is told to stop lets transactions come to their ends, for a while.</summary>
public sealed class Router_is_drained(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Transactions_end_and_nobody_comes_in()
    {
        await fixture.Cluster.Router.ExecuteAsync("CREATE TABLE drained (id int PRIMARY KEY); SELECT create_distributed_table('drained', 'id')");
        await using var router = await fixture.Cluster.AddRouterAsync("--drain", "60");
        await using var idle = await router.DataSource.OpenConnectionAsync();
        await using var writer = await router.DataSource.OpenConnectionAsync();
        await using var open = await writer.BeginTransactionAsync();
        await writer.ExecuteAsync("INSERT INTO drained SELECT generate_series(1, 100)");
        await using var listener = await router.DataSource.OpenConnectionAsync();
        await listener.ExecuteAsync("LISTEN news");
        await using var busy = await router.DataSource.OpenConnectionAsync();
        var working = busy.ExecuteAsync("SELECT pg_sleep(2)");
        while (await fixture.Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(2)' AND state = 'active'") == 0)
            await Task.Delay(20);

        var stopping = router.TerminateAsync(Limit);
        await EndsAsync(idle);
        await EndsAsync(listener);
        await using (var late = NpgsqlDataSource.Create(router.DataSource.ConnectionString + ";Pooling=false"))
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => late.ScalarAsync<int>("SELECT 1"));
            Assert.Equal(("57P03", "the database system is shutting down"), (refused.SqlState, refused.MessageText));
        }

        await working;
        await EndsAsync(busy);
        Assert.False(stopping.IsCompleted);

        // Functions of an open transaction still reach the shards, over the loopback.
        await writer.ExecuteAsync("DO 'BEGIN INSERT INTO drained VALUES (101); END'");
        await open.CommitAsync();
        Assert.Equal(0, await stopping);
        Assert.Equal(101L, await fixture.Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM drained"));
    }

    [Fact]
    public async Task What_is_open_after_the_limit_is_rolled_back()
    {
        await fixture.Cluster.Router.ExecuteAsync("CREATE TABLE limited (id int PRIMARY KEY); SELECT create_distributed_table('limited', 'id')");
        await using var router = await fixture.Cluster.AddRouterAsync("--drain", "1");
        await using var writer = await router.DataSource.OpenConnectionAsync();
        await using var open = await writer.BeginTransactionAsync();
        await writer.ExecuteAsync("INSERT INTO limited SELECT generate_series(1, 100)");
        await using var busy = await router.DataSource.OpenConnectionAsync();
        var working = busy.ExecuteAsync("SELECT pg_sleep(600)");

        Assert.Equal(0, await router.TerminateAsync(TimeSpan.FromSeconds(15)));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => working);
        var error = await Assert.ThrowsAsync<PostgresException>(() => writer.ExecuteAsync("SELECT 1"));
        Assert.Equal("57P01", error.SqlState);
        Assert.Equal(0L, await fixture.Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM limited"));
    }

    [Fact]
    public async Task A_second_signal_ends_the_waiting()
    {
        await using var router = await fixture.Cluster.AddRouterAsync("--drain", "600");
        await using var writer = await router.DataSource.OpenConnectionAsync();
        await using var open = await writer.BeginTransactionAsync();
        await writer.ExecuteAsync("SELECT 1");
        var first = router.TerminateAsync(Limit);
        await Task.Delay(500);
        Assert.False(first.IsCompleted);
        Assert.Equal(0, await router.TerminateAsync(TimeSpan.FromSeconds(15)));
        Assert.Equal(0, await first);
    }

    // The session was told, and its connection closed.
    private static async Task EndsAsync(NpgsqlConnection session)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            while (true)
            {
                await session.ExecuteAsync("SELECT 1");
                await Task.Delay(20);
            }
        });
        Assert.Equal(("57P01", "terminating connection due to administrator command"), (error.SqlState, error.MessageText));
    }
}
