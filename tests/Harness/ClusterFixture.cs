using Xunit;

namespace Tangelo.Harness;

/// <summary>
/// One cluster with two workers for all tests of a class (<c>IClassFixture</c>) or of a collection; each test works in a schema
/// or with tables of its own.
/// </summary>
public class ClusterFixture : IAsyncLifetime
{
    private TestCluster? _cluster;

    public TestCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not been started.");

    public PsqlRunner Psql => new(Cluster.Port);

    protected virtual TestClusterOptions Options => new();

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync(Options);

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}
