using System.Net;
using System.Net.Sockets;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>What <c>tangelo up</c> promises when it cannot start, and when it is stopped at a bad moment.</summary>
public sealed class Up_command(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RefusalLimit = TimeSpan.FromSeconds(30);

    private TestCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_port_in_use_is_named_and_nothing_runs_on(int offset)
    {
        await using var folder = await RunFolder.CreateAsync();
        var port = FreePorts.Block(4);
        using (var holder = new TcpListener(IPAddress.Loopback, port + offset))
        {
            holder.Start();
            Assert.Contains($"Port {port + offset}", await RefusedAsync(folder, port));
        }
        // The folder is good for another try.
        using var second = await RouterProcess.StartAsync(Arguments(folder, port), Cluster.StartLimit);
        Assert.Equal(0, await second.TerminateAsync(StopLimit));
        FreePorts.Return(port, 4);
    }

    [Fact]
    public async Task A_folder_with_something_else_in_it_is_left_alone()
    {
        await using var folder = await RunFolder.CreateAsync();
        var letter = Path.Combine(folder.Path, "letter.txt");
        await File.WriteAllTextAsync(letter, "dear");
        var port = FreePorts.Block(4);
        Assert.Contains("not empty", await RefusedAsync(folder, port));
        Assert.Equal([letter], Directory.EnumerateFileSystemEntries(folder.Path));
        FreePorts.Return(port, 4);
    }

    [Fact]
    public async Task The_folder_of_a_running_cluster_is_refused_and_the_cluster_serves_on()
    {
        var port = FreePorts.Block(4);
        var servers = await Cluster.Nodes[0].ScalarAsync<string>("SELECT pg_postmaster_start_time()::text");
        var second = RouterProcess.Launch(["up", "--data", Cluster.Data, "--port", $"{port}", "--workers", "2"]);
        Assert.NotEqual(0, await second.ExitAsync(RefusalLimit));
        Assert.Contains("Another tangelo serves", second.Log);
        Assert.Equal(servers, await Cluster.Router.ScalarAsync<string>("SELECT pg_postmaster_start_time()::text"));
        FreePorts.Return(port, 4);
    }

    [Fact]
    public async Task Stopped_while_it_starts_it_leaves_nothing_running()
    {
        foreach (var milliseconds in new[] { 100, 500, 1100, 1800, 3000 })
        {
            await using var folder = await RunFolder.CreateAsync();
            var port = FreePorts.Block(4);
            using var starting = RouterProcess.Launch(Arguments(folder, port));
            await Task.Delay(milliseconds);
            // Before it has a handler of its own, the signal ends it at once (143).
            Assert.Contains(await starting.TerminateAsync(StopLimit), new[] { 0, 143 });
            var left = Processes.WhoseArgumentsStartWith(folder.Path);
            Assert.True(left.Count == 0, $"After {milliseconds} ms: {string.Join("; ", left)}\n{starting.Log}");
            FreePorts.Return(port, 4);
        }
    }

    [Fact]
    public async Task A_start_that_was_stopped_is_no_harm_to_the_next()
    {
        await using var folder = await RunFolder.CreateAsync();
        var port = FreePorts.Block(4);
        // While initdb writes, twice, and about when the servers start.
        foreach (var milliseconds in new[] { 50, 300, 1100 })
        {
            using var starting = RouterProcess.Launch(Arguments(folder, port));
            while (!starting.HasEnded && !starting.Log.Contains("Initializing"))
                await Task.Delay(10);
            await Task.Delay(milliseconds);
            Assert.False(starting.HasEnded, $"It ended by itself: {starting.Log}");
            await starting.KillAsync();
        }
        using var router = await RouterProcess.StartAsync(Arguments(folder, port), Cluster.StartLimit);
        await using var source = NpgsqlDataSource.Create(Connections.Text(port));
        Assert.Equal(2L, await source.ScalarAsync<long>("SELECT count(*) FROM citus_get_active_worker_nodes()"));
        await router.TerminateAsync(StopLimit);
        FreePorts.Return(port, 4);
    }

    private static string[] Arguments(RunFolder folder, int port) => ["up", "--data", folder.Path, "--port", $"{port}", "--workers", "2"];

    /// <summary>Starts it; it must end by itself with a message of one line, and leave no process. Returns the log.</summary>
    private static async Task<string> RefusedAsync(RunFolder folder, int port)
    {
        using var router = RouterProcess.Launch(Arguments(folder, port));
        Assert.NotEqual(0, await router.ExitAsync(RefusalLimit));
        Assert.Contains("tangelo: ", router.Errors);
        Assert.DoesNotContain("   at ", router.Errors);
        Assert.Empty(Processes.WhoseArgumentsStartWith(folder.Path));
        return router.Errors;
    }
}
