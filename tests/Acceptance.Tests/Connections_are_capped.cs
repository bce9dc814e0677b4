using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>citus.max_shared_pool_size holds for all routers together, on every node, and who waits gets a connection; citus.max_client_connections bounds clients.</summary>
public sealed class Connections_are_capped(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const int Cap = 10;

    // What routers do beside their clients' statements waits for nobody.
    private const int Beside = 3;

    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Two_routers_stay_below_the_cap_together_and_everybody_gets_through()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE capped (id int PRIMARY KEY, v int); SELECT create_distributed_table('capped', 'id'); INSERT INTO capped SELECT i, 0 FROM generate_series(1, 1000) i");
        await Cluster.Router.ExecuteAsync($"ALTER SYSTEM SET citus.max_shared_pool_size = {Cap}");
        await using var second = await Cluster.AddRouterAsync();
        await Task.Delay(TimeSpan.FromSeconds(5));

        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(8));
        var clients = Enumerable.Range(0, 40).Select(n => Task.Run(() => WorkAsync(n % 2 == 0 ? Cluster.Port : second.Port, n, end.Token))).ToList();
        var most = 0L;
        while (!end.IsCancellationRequested)
        {
            foreach (var worker in Cluster.Nodes.Skip(1))
                most = Math.Max(most, await worker.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tangelo'"));
            await Task.Delay(20, CancellationToken.None);
        }

        var done = await Task.WhenAll(clients);
        await Cluster.Router.ExecuteAsync("ALTER SYSTEM RESET citus.max_shared_pool_size");
        Assert.InRange(most, Cap / 2, Cap + Beside);
        Assert.True(done.All(d => d > 0), string.Join(' ', done));
        Assert.Equal(2L * done.Sum(), await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM capped"));
    }

    [Fact]
    public async Task Clients_that_are_no_superusers_are_counted()
    {
        await Cluster.Router.ExecuteAsync("CREATE ROLE counted LOGIN");
        await Cluster.Router.ExecuteAsync("ALTER SYSTEM SET citus.max_client_connections = 2");
        await Task.Delay(TimeSpan.FromSeconds(4));
        await using (var one = await OpenAsync(Cluster.Port, "counted"))
        await using (var two = await OpenAsync(Cluster.Port, "counted"))
        {
            Assert.Equal("53300", (await Assert.ThrowsAsync<PostgresException>(() => OpenAsync(Cluster.Port, "counted"))).SqlState);
            await using var superuser = await OpenAsync(Cluster.Port, "postgres");
        }

        await Cluster.Router.ExecuteAsync("ALTER SYSTEM RESET citus.max_client_connections");
    }

    [Fact]
    public async Task Connections_that_nobody_is_to_have_later_are_closed()
    {
        const string Lent = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tangelo' AND usename = 'passing'";
        await Cluster.Router.ExecuteAsync("CREATE ROLE passing LOGIN; CREATE TABLE passed (id int PRIMARY KEY); SELECT create_distributed_table('passed', 'id'); GRANT ALL ON passed TO passing");
        await using var session = await OpenAsync(Cluster.Port, "passing");
        await RunAsync(session, "SET citus.max_cached_conns_per_worker = 0");
        await RunAsync(session, "BEGIN; SELECT count(*) FROM passed");
        Assert.Equal(2L, (await Task.WhenAll(Cluster.Nodes.Skip(1).Select(n => n.ScalarAsync<long>(Lent)))).Sum());
        await RunAsync(session, "COMMIT");
        await RunAsync(session, "SELECT count(*) FROM passed");
        await Task.Delay(500);
        Assert.Equal(0L, (await Task.WhenAll(Cluster.Nodes.Skip(1).Select(n => n.ScalarAsync<long>(Lent)))).Sum());
        await RunAsync(session, "RESET citus.max_cached_conns_per_worker");
        await RunAsync(session, "SELECT count(*) FROM passed");
        Assert.Equal(2L, (await Task.WhenAll(Cluster.Nodes.Skip(1).Select(n => n.ScalarAsync<long>(Lent)))).Sum());
    }

    [Fact]
    public async Task What_waits_for_a_connection_can_be_cancelled()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE held (id int PRIMARY KEY); SELECT create_distributed_table('held', 'id'); INSERT INTO held VALUES (1)");
        await Cluster.Router.ExecuteAsync("ALTER SYSTEM SET citus.max_shared_pool_size = 2");
        await Task.Delay(TimeSpan.FromSeconds(4));
        await using var holder = await OpenAsync(Cluster.Port, "postgres");
        await using var waiter = await OpenAsync(Cluster.Port, "postgres");
        await RunAsync(holder, "BEGIN; SELECT * FROM held WHERE id = 1");
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
        {
            await using var command = new NpgsqlCommand("SELECT * FROM held WHERE id = 1", waiter);
            var refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(limit.Token));
            Assert.Equal("57014", ((PostgresException)refused.InnerException!).SqlState);
        }

        await RunAsync(waiter, "SET statement_timeout = '300ms'");
        var late = await Assert.ThrowsAsync<PostgresException>(() => RunAsync(waiter, "SELECT * FROM held WHERE id = 1"));
        Assert.Equal("canceling statement due to statement timeout", late.MessageText);
        await RunAsync(holder, "COMMIT");
        await RunAsync(waiter, "SELECT * FROM held WHERE id = 1");
        await Cluster.Router.ExecuteAsync("ALTER SYSTEM RESET citus.max_shared_pool_size");
    }

    // Transactions that take a connection to one node after the other, in any order, and rows of one node.
    private static async Task<int> WorkAsync(int port, int number, CancellationToken end)
    {
        var random = new Random(number);
        await using var session = await OpenAsync(port, "postgres");
        var done = 0;
        for (; !end.IsCancellationRequested; done++)
        {
            var (one, other) = (random.Next(1, 1000), number + 1);
            await RunAsync(session, $"SELECT v FROM capped WHERE id = {one}");
            await RunAsync(session, "SELECT count(*) FROM capped");
            await RunAsync(session, "BEGIN");
            await RunAsync(session, $"UPDATE capped SET v = v + 1 WHERE id = {other}");
            await RunAsync(session, $"UPDATE capped SET v = v + 1 WHERE id = {other + 500}");
            await RunAsync(session, "COMMIT");
        }

        return done;
    }

    private static async Task<NpgsqlConnection> OpenAsync(int port, string user)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Connections.Text(port)) { Username = user, Pooling = false, CommandTimeout = 120 }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
