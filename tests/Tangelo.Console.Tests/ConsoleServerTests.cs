using System.Net;
using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Console.Health;
using Tangelo.Core;
using Tangelo.Harness;

namespace Tangelo.Console.Tests;

public sealed class ConsoleServerTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Health_is_200_and_names_every_active_node()
    {
        var (status, body) = await GetAsync("/health", postgres.Server.ConnectionString, Map(postgres.Server.Port));
        Assert.Equal(HttpStatusCode.OK, status);
        var report = JsonDocument.Parse(body).RootElement;
        Assert.Equal("ok", report.GetProperty("status").GetString());
        Assert.True(report.GetProperty("coordinator").GetProperty("isReachable").GetBoolean());
        Assert.Equal($"127.0.0.1:{postgres.Server.Port}", Assert.Single(report.GetProperty("nodes").EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_missing_node_is_a_degraded_cluster_and_still_200()
    {
        var (status, body) = await GetAsync("/health", postgres.Server.ConnectionString, Map(FreePorts.Block(1)));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("degraded", JsonDocument.Parse(body).RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_missing_coordinator_is_503()
    {
        var (status, body) = await GetAsync("/health", Connections.Text(FreePorts.Block(1)), ClusterMap.Empty);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        var report = JsonDocument.Parse(body).RootElement;
        Assert.Equal("down", report.GetProperty("status").GetString());
        Assert.NotEqual("", report.GetProperty("coordinator").GetProperty("error").GetString());
    }

    [Fact]
    public async Task Metrics_include_the_runtimes()
    {
        var (status, body) = await GetAsync("/metrics", postgres.Server.ConnectionString, ClusterMap.Empty);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("# TYPE dotnet_process_memory_working_set_bytes gauge\n", body);
    }

    [Fact]
    public async Task Another_path_is_404()
    {
        var (status, _) = await GetAsync("/nothing", postgres.Server.ConnectionString, ClusterMap.Empty);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    private static ClusterMap Map(int workerPort) => new(
        1,
        [
            new Node(new NodeId(1), GroupId.Coordinator, "127.0.0.1", 1, "default", IsActive: true, ShouldHaveShards: false),
            new Node(new NodeId(2), new GroupId(1), "127.0.0.1", workerPort, "default", IsActive: true, ShouldHaveShards: true),
            new Node(new NodeId(3), new GroupId(2), "127.0.0.1", 1, "default", IsActive: false, ShouldHaveShards: true),
        ],
        []);

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, string coordinator, ClusterMap map)
    {
        var listen = new IPEndPoint(IPAddress.Loopback, FreePorts.Block(1));
        await using var server = new ConsoleServer(listen, new ClusterProbe(coordinator, () => map), log: null);
        await server.StartAsync(default);
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri($"http://{listen}{path}"));
        var body = await response.Content.ReadAsStringAsync();
        await server.StopAsync(default);
        return (response.StatusCode, body);
    }
}
