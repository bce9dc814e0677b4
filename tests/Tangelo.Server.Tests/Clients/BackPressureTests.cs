using System.Globalization;
using Tangelo.Harness.Wire;
using Tangelo.Server.Tests.Conversations;

namespace Tangelo.Server.Tests.Clients;

/// <summary>What one side does not take, the other side does not send: the router keeps neither results nor COPY data in memory.</summary>
[Collection(ServersCollection.Name)]
public sealed class BackPressureTests(Servers servers)
{
    private const int AllowedMegabytes = 60;

    // 200 MB each: 10,000 rows of 20 kB.
    [Theory]
    [InlineData("query SELECT repeat('x', 20000) FROM generate_series(1, 10000)")]
    [InlineData("query SELECT id, repeat('x', 20000) FROM pressed")]
    [InlineData("parse - SELECT id, repeat('x', 20000) FROM pressed\nbind - -\nexecute -\nsync")]
    [InlineData("query COPY (SELECT id, repeat('x', 20000) FROM pressed) TO STDOUT")]
    [InlineData("query BEGIN; DECLARE c CURSOR FOR SELECT id, repeat('x', 20000) FROM pressed; FETCH ALL FROM c")]
    public async Task A_result_that_is_not_read_takes_no_memory(string conversation)
    {
        await PrepareAsync();
        var (client, _) = await RawClient.StartAsync(servers.Router);
        await using (client)
        {
            var before = RouterMegabytes();
            var messages = new FrontendBuffer();
            foreach (var line in conversation.Split('\n'))
                MessageLine.Write(messages, line);
            await client.SendAsync(messages);
            await RequireFlatAsync(before);
        }
    }

    [Theory]
    [InlineData("pressed")]
    [InlineData("pressed_local")]
    public async Task Copy_data_that_nodes_do_not_take_is_not_taken_from_the_client(string table)
    {
        await PrepareAsync();
        var (locker, _) = await RawClient.StartAsync(servers.Router);
        var (client, _) = await RawClient.StartAsync(servers.Router);
        await using (locker)
        await using (client)
        {
            await locker.SendAsync(new FrontendBuffer().Query($"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE"));
            await locker.ReadUntilAsync("Z", TimeSpan.FromSeconds(5));
            await client.SendAsync(new FrontendBuffer().Query($"COPY {table} FROM STDIN"));
            if (table == "pressed")
                await client.ReadUntilAsync("G", TimeSpan.FromSeconds(5));
            var before = RouterMegabytes();
            using var stop = new CancellationTokenSource();
            var sending = SendAsync(client, stop.Token);
            await RequireFlatAsync(before);
            Assert.False(sending.IsCompleted, "200 MB were taken.");
            await stop.CancelAsync();
        }
    }

    private static async Task SendAsync(RawClient client, CancellationToken stop)
    {
        var row = 100_000;
        for (var sent = 0; sent < 200 << 20 && !stop.IsCancellationRequested; sent += 64 * 1000)
        {
            var piece = new FrontendBuffer();
            for (var i = 0; i < 64; i++)
                piece.CopyData(System.Text.Encoding.ASCII.GetBytes($"{row++}\t{new string('y', 1000)}\n"));
            try
            {
                await client.SendAsync(piece);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The test is over.
                await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task RequireFlatAsync(int before)
    {
        for (var i = 0; i < 10; i++)
        {
            await Task.Delay(100);
            Assert.InRange(RouterMegabytes(), 0, before + AllowedMegabytes);
        }
    }

    private int RouterMegabytes()
    {
        var line = File.ReadLines($"/proc/{servers.Cluster.RouterProcessId}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private async Task PrepareAsync()
    {
        await using var exists = servers.Cluster.Router.CreateCommand("SELECT to_regclass('public.pressed') IS NOT NULL");
        if ((bool)(await exists.ExecuteScalarAsync())!)
            return;
        await using var create = servers.Cluster.Router.CreateCommand(
            """
            CREATE TABLE pressed_local (id int, v text);
            CREATE TABLE pressed (id int, v text);
            SELECT create_distributed_table('pressed', 'id', shard_count => 4);
            INSERT INTO pressed SELECT i, 'x' FROM generate_series(1, 10000) i;
            """);
        await create.ExecuteNonQueryAsync();
    }
}
