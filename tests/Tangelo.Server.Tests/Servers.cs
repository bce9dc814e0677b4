using Tangelo.Harness;
using Tangelo.Harness.Wire;

namespace Tangelo.Server.Tests;

/// <summary>One plain PostgreSQL and one cluster with two workers.</summary>
public sealed class Servers : IAsyncLifetime
{
    private TestPostgres? _plain;
    private TestCluster? _cluster;

    public TestPostgres PlainServer => _plain ?? throw new InvalidOperationException("The server has not been started.");

    public TestCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not been started.");

    internal ServerAddress Plain => new("127.0.0.1", PlainServer.Port);

    internal ServerAddress Router => new("127.0.0.1", Cluster.Port);

    public async Task InitializeAsync()
    {
        _plain = await TestPostgres.StartAsync();
        _cluster = await TestCluster.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        if (_plain is not null)
            await _plain.DisposeAsync();
    }
}
