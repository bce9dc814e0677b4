using Tangelo.Harness;

namespace Tangelo.Clients.Tests;

/// <summary>The servers that every client runs against: a plain one, a cluster, and a cluster whose router has few links and lends them.</summary>
public sealed class ClientServers : IAsyncLifetime
{
    /// <summary>Fewer than any of the clients has connections.</summary>
    private const int Links = 4;

    private TestPostgres? _plain;
    private TestCluster? _cluster;
    private TestCluster? _lending;

    public TestPostgres Plain => _plain ?? throw NotStarted();

    public TestCluster Cluster => _cluster ?? throw NotStarted();

    public TestCluster Lending => _lending ?? throw NotStarted();

    public Task InitializeAsync() => Task.WhenAll(
        StartAsync(async () => _plain = await TestPostgres.StartAsync()),
        StartAsync(async () => _cluster = await TestCluster.StartAsync()),
        StartAsync(async () => _lending = await TestCluster.StartAsync(new TestClusterOptions { RouterArguments = ["--coordinator-connections", $"{Links}"] })));

    public async Task DisposeAsync()
    {
        foreach (var server in new IAsyncDisposable?[] { _lending, _cluster, _plain })
            if (server is not null)
                await server.DisposeAsync();
    }

    private static Task StartAsync(Func<Task> start) => start();

    private static InvalidOperationException NotStarted() => new("The servers have not been started.");
}
