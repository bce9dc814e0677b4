using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>A COPY that does not come to its end leaves nothing.</summary>
public sealed class Copy_is_cut_short(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private TestCluster Cluster => fixture.Cluster;

    public Task InitializeAsync() => Cluster.Router.ExecuteAsync(
        """
        DROP TABLE IF EXISTS loaded;
        CREATE TABLE loaded (id int PRIMARY KEY, pad text);
        SELECT create_distributed_table('loaded', 'id');
        INSERT INTO loaded VALUES (0, 'there');
        """);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task By_a_connection_that_is_cut()
    {
        var proxy = new FaultProxy(Cluster.Port, (_, pass) => pass());
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={proxy.Port};Username=postgres;Database=postgres;Pooling=false");
        await using var connection = await source.OpenConnectionAsync();
        var writer = await connection.BeginTextImportAsync("COPY loaded FROM STDIN");
        for (var id = 1; id <= 200_000; id++)
            await writer.WriteAsync($"{id}\t{new string('x', 50)}\n");
        await proxy.DisposeAsync();

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await writer.WriteAsync(new string('y', 10_000_000));
            await writer.DisposeAsync();
        });
        await NothingStayedAsync();
        await TakesRowsAsync();
    }

    [Fact]
    public async Task By_a_disk_that_is_full()
    {
        var disk = Path.Combine(Path.GetTempPath(), $"tangelo_disk_{Guid.NewGuid():N}");
        Directory.CreateDirectory(disk);
        if (!await RunAsync("mount", "-t", "tmpfs", "-o", "size=8m", "tangelo", disk))
            return;
        try
        {
            Assert.True(await RunAsync("chown", "postgres", disk));
            var node = Cluster.Nodes[2];
            await node.ExecuteAsync($"CREATE TABLESPACE small LOCATION '{disk}'");
            foreach (var shard in await node.ColumnAsync<string>(@"SELECT tablename::text FROM pg_tables WHERE tablename LIKE 'loaded\_%'"))
                await node.ExecuteAsync($"ALTER TABLE {shard} SET TABLESPACE small");
            var error = await Assert.ThrowsAsync<PostgresException>(async () =>
            {
                await using var connection = await Cluster.Router.OpenConnectionAsync();
                await using var writer = await connection.BeginTextImportAsync("COPY loaded FROM STDIN");
                for (var id = 1; id <= 400_000; id++)
                    await writer.WriteAsync($"{id}\t{new string('x', 100)}\n");
            });
            Assert.Equal("53100", error.SqlState);
            Assert.Contains($"{Cluster.WorkerPorts[1]}", error.Detail);
            await NothingStayedAsync();

            // What the transaction has written is dead, but fills the disk.
            foreach (var shard in await node.ColumnAsync<string>("SELECT tablename::text FROM pg_tables WHERE tablespace = 'small'"))
                await node.ExecuteAsync($"ALTER TABLE {shard} SET TABLESPACE pg_default");
            await TakesRowsAsync();
            await Cluster.Router.ExecuteAsync("DROP TABLE loaded");
            await node.ExecuteAsync("DROP TABLESPACE small");
        }
        finally
        {
            await RunAsync("umount", "-l", disk);
        }
    }

    private async Task NothingStayedAsync()
    {
        // The nodes may learn of the end a moment later.
        var watch = Stopwatch.StartNew();
        while (await Cluster.Nodes[1].ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state <> 'idle'") > 0)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "A node still copies.");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(1L, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM loaded"));
    }

    private Task<int> TakesRowsAsync() => Cluster.Router.ExecuteAsync("INSERT INTO loaded VALUES (1, 'next')");

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
