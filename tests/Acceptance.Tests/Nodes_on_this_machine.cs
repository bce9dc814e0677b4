using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>The router reaches the nodes that it runs itself by their Unix sockets, and by TCP when those do not answer.</summary>
public sealed class Nodes_on_this_machine
{
    private const string AddressOfClient = "SELECT result FROM run_command_on_workers('SELECT coalesce(host(inet_client_addr()), ''socket'')')";

    [Fact]
    public async Task Are_reached_by_Unix_sockets_and_else_by_TCP()
    {
        await using var cluster = await TestCluster.StartAsync();
        Assert.Equal(["socket", "socket"], await cluster.Router.ColumnAsync<string>(AddressOfClient));
        Assert.Equal("127.0.0.1", await cluster.Router.ScalarAsync<string>("SELECT host(inet_client_addr())"));

        // A socket file that somebody swept away: new connections must go on.
        foreach (var node in Enumerable.Range(0, 3))
        {
            var directory = await cluster.Nodes[node].ScalarAsync<string>("SHOW unix_socket_directories");
            File.Delete($"{directory}/.s.PGSQL.{cluster.NodePort(node)}");
            await cluster.Nodes[node].ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_addr IS NULL AND client_port = -1");
        }
        Npgsql.NpgsqlConnection.ClearAllPools();
        Assert.Equal(["127.0.0.1", "127.0.0.1"], await cluster.Router.ColumnAsync<string>(AddressOfClient));
    }
}
