using System.Diagnostics;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>A CancelRequest comes before the statement has reached the server that will work for it. That server ignores it; the statement ends all the same.</summary>
public sealed class Cancel_is_early(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const string Endless = "generate_series(1, 2000000000)";

    private readonly List<FaultProxy> _proxies = [];

    private TestCluster Cluster => fixture.Cluster;

    public async Task InitializeAsync()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY); SELECT create_distributed_table('t', 'id'); INSERT INTO t VALUES (1)");
        foreach (var port in Cluster.WorkerPorts)
        {
            var proxy = new FaultProxy(port, DelayAsync);
            _proxies.Add(proxy);
            await Cluster.Nodes[0].ExecuteAsync($"UPDATE pg_dist_node SET nodeport = {proxy.Port} WHERE nodeport = {port}");
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
    }

    [Fact]
    public async Task The_statement_is_cancelled_all_the_same()
    {
        // psql asks after one second, when the statement still has another one to go.
        var since = Stopwatch.StartNew();
        using var psql = Process.Start(new ProcessStartInfo("timeout", ["--signal=INT", "--kill-after=60", "1", "psql", "-h", "127.0.0.1", "-p", $"{Cluster.Port}", "-U", "postgres", "-c", $"SELECT sum(g) FROM t, {Endless} g WHERE t.id = 1"])
        {
            RedirectStandardError = true,
        })!;
        var errors = await psql.StandardError.ReadToEndAsync();
        await psql.WaitForExitAsync();

        Assert.Contains("canceling statement due to user request", errors);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(30), $"It took {since.Elapsed}.");
    }

    private async ValueTask DelayAsync(ReadOnlyMemory<byte> piece, Func<ValueTask> pass)
    {
        if (piece.Span.IndexOf(System.Text.Encoding.ASCII.GetBytes(Endless)) >= 0)
            await Task.Delay(2000);
        await pass();
    }
}
