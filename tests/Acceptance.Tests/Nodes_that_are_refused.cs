using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Servers that cannot be nodes: citus_add_node says why and what to do, and leaves nothing behind on either side.</summary>
public sealed class Nodes_that_are_refused(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task One_of_another_major_version()
    {
        await using var server = await TestPostgres.StartOfAsync(await OtherMajorVersion.BinAsync());
        var error = await RefusedAsync(server.Port);
        Assert.Equal("55000", error.SqlState);
        Assert.Contains($"runs PostgreSQL {OtherMajorVersion.Number}", error.MessageText);
        await NothingIsOnAsync(server.DataSource);
    }

    [Fact]
    public async Task One_without_prepared_transactions()
    {
        await using var server = await TestPostgres.StartAsync("max_prepared_transactions = 0");
        var error = await RefusedAsync(server.Port);
        Assert.Equal("55000", error.SqlState);
        Assert.Contains("max_prepared_transactions", error.Hint);
        await NothingIsOnAsync(server.DataSource);
    }

    [Fact]
    public async Task One_that_cannot_be_reached()
    {
        var port = FreePorts.Block(1);
        var error = await RefusedAsync(port);
        Assert.Equal("08006", error.SqlState);
        Assert.Contains($"{port}", error.MessageText);
        FreePorts.Return(port, 1);
    }

    [Theory]
    [InlineData("h1,,h2", "22023")]
    [InlineData("h1:x,h2", "22023")]
    [InlineData("h1:70000,h2", "22023")]
    public async Task A_list_that_is_none_is_refused(string name, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<PostgresException>(() => Cluster.Router.ExecuteAsync($"SELECT citus_add_node('{name}', 5432)"))).SqlState);

    [Fact]
    public async Task One_of_another_cluster()
    {
        const string Marks = "SELECT string_agg(i::text, ',') FROM tangelo.node_identity i";
        await using var worker = await TestPostgres.StartAsync();
        await using var coordinator = await TestPostgres.StartAsync();
        await using var other = await TestRouter.StartAsync(coordinator.Port, TimeSpan.FromSeconds(60));
        await other.DataSource.ExecuteAsync($"SELECT citus_add_node('127.0.0.1', {worker.Port})");
        var mark = await worker.DataSource.ScalarAsync<string>(Marks);

        var error = await RefusedAsync(worker.Port);

        Assert.Equal("55000", error.SqlState);
        Assert.Contains("another cluster", error.MessageText);
        Assert.Equal(mark, await worker.DataSource.ScalarAsync<string>(Marks));
        Assert.Equal(1L, await other.DataSource.ScalarAsync<long>("SELECT count(*) FROM citus_get_active_worker_nodes()"));

        // What its cluster has let go may come.
        await other.DataSource.ExecuteAsync($"SELECT citus_remove_node('127.0.0.1', {worker.Port})");
        await Cluster.Router.ExecuteAsync($"SELECT citus_add_node('127.0.0.1', {worker.Port})");
        await Cluster.Router.ExecuteAsync($"SELECT citus_remove_node('127.0.0.1', {worker.Port})");
        await NothingIsOnAsync(worker.DataSource);
    }

    [Fact]
    public async Task The_coordinator_of_another_cluster()
    {
        await using var coordinator = await TestPostgres.StartAsync();
        await using var other = await TestRouter.StartAsync(coordinator.Port, TimeSpan.FromSeconds(60));
        var error = await RefusedAsync(coordinator.Port);
        Assert.Equal("55000", error.SqlState);
    }

    [Fact]
    public async Task A_node_under_another_name()
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => Cluster.Router.ExecuteAsync($"SELECT citus_add_node('localhost', {Cluster.WorkerPorts[0]})"));
        Assert.Equal("55000", error.SqlState);
        Assert.NotNull(error.Hint);
    }

    /// <summary>The cluster is as it was, and a table made then goes to its own workers.</summary>
    private async Task<PostgresException> RefusedAsync(int port)
    {
        const string Nodes = "SELECT string_agg(n::text, ';' ORDER BY nodeid) FROM pg_dist_node n";
        var before = await Cluster.Router.ScalarAsync<string>(Nodes);
        var error = await Assert.ThrowsAsync<PostgresException>(() => Cluster.Router.ExecuteAsync($"SELECT citus_add_node('127.0.0.1', {port})"));
        Assert.False(string.IsNullOrEmpty(error.Hint), "The error has no hint.");
        Assert.Equal(before, await Cluster.Router.ScalarAsync<string>(Nodes));
        await Cluster.Router.ExecuteAsync("CREATE TABLE after_refusal (id int); SELECT create_distributed_table('after_refusal', 'id'); DROP TABLE after_refusal");
        return error;
    }

    private static async Task NothingIsOnAsync(NpgsqlDataSource server)
    {
        Assert.Equal(0L, await server.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE oid >= 16384"));
        Assert.Equal(0L, await server.ScalarAsync<long>("SELECT count(*) FROM pg_namespace WHERE oid >= 16384"));
        Assert.Equal(0L, await server.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts"));
        Assert.Equal("postgres", await server.ScalarAsync<string>("SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolname !~ '^pg_'"));
    }
}
