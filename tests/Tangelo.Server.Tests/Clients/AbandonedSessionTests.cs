using Npgsql;
using Tangelo.Harness.Wire;
using Tangelo.Server.Tests.Conversations;

namespace Tangelo.Server.Tests.Clients;

/// <summary>A client that goes in the middle of something leaves no backend at work and no lock on any node.</summary>
[Collection(ServersCollection.Name)]
public sealed class AbandonedSessionTests(Servers servers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    public enum Goodbye
    {
        /// <summary>FIN.</summary>
        Close,

        /// <summary>RST, as when a process is killed while bytes wait for it.</summary>
        Reset,

        /// <summary>A Terminate message; the connection stays open.</summary>
        Terminate,
    }

    public static TheoryData<string, Goodbye> Cases()
    {
        string[] conversations =
        [
            "query SELECT pg_sleep(60)",
            "query SELECT pg_sleep(60), id FROM gone",
            "query SELECT pg_sleep(60), id FROM gone WHERE id = 1",
            "query DO 'BEGIN PERFORM pg_sleep(60) FROM gone; END'",
            "query BEGIN; UPDATE gone SET v = v; SELECT pg_sleep(60)",
            "parse - SELECT pg_sleep(60)\nbind - -\nexecute -\nsync",
            "parse - SELECT pg_sleep(60), id FROM gone\nbind - -\nexecute -\nsync",
            "query COPY gone FROM STDIN\ncopydata 100\tx\\n",
            "query COPY gone_local FROM STDIN\ncopydata 100\\n",
            "parse - COPY gone_local FROM STDIN\nbind - -\nexecute -\nsync\ncopydata 100\\n",
            "query BEGIN; LOCK TABLE gone_local; UPDATE gone SET v = v",
        ];
        var data = new TheoryData<string, Goodbye>();
        foreach (var conversation in conversations)
            foreach (var goodbye in Enum.GetValues<Goodbye>())
                data.Add(conversation, goodbye);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Nothing_is_left_of_it(string conversation, Goodbye goodbye)
    {
        await PrepareAsync();
        var (client, _) = await RawClient.StartAsync(servers.Router, ("application_name", "abandoned"));
        await using (client)
        {
            var messages = new FrontendBuffer();
            foreach (var line in conversation.Split('\n'))
                MessageLine.Write(messages, line);
            await client.SendAsync(messages);
            await Task.Delay(400);
            switch (goodbye)
            {
                case Goodbye.Close:
                    await client.DisposeAsync();
                    break;
                case Goodbye.Reset:
                    client.Reset();
                    break;
                default:
                    await client.SendAsync(new FrontendBuffer().Terminate());
                    break;
            }

            Assert.Equal("", await LeftAfterAsync());
        }
    }

    [Fact]
    public async Task A_copy_that_waits_for_a_lock_gives_up()
    {
        await PrepareAsync();
        await using var locker = await servers.Cluster.Router.OpenConnectionAsync();
        await using var block = await locker.BeginTransactionAsync();
        await new NpgsqlCommand("LOCK TABLE gone", locker).ExecuteNonQueryAsync();
        var (client, _) = await RawClient.StartAsync(servers.Router);
        await using (client)
        {
            await client.SendAsync(new FrontendBuffer().Query("COPY gone FROM STDIN"));
            await client.ReadUntilAsync("G", Limit);
            await client.SendAsync(new FrontendBuffer().CopyData("100\tx\n"u8.ToArray()).CopyDone());
            await Task.Delay(300);
        }

        await Task.Delay(1500);
        await block.RollbackAsync();
        Assert.Equal("", await LeftAfterAsync());
        await using var count = servers.Cluster.Router.CreateCommand("SELECT count(*) FROM gone WHERE id = 100");
        Assert.Equal(0L, await count.ExecuteScalarAsync());
    }

    private async Task PrepareAsync()
    {
        await using var exists = servers.Cluster.Router.CreateCommand("SELECT to_regclass('public.gone') IS NOT NULL");
        if ((bool)(await exists.ExecuteScalarAsync())!)
            return;
        await using var create = servers.Cluster.Router.CreateCommand(
            """
            CREATE TABLE gone_local (a int);
            CREATE TABLE gone (id int PRIMARY KEY, v text);
            SELECT create_distributed_table('gone', 'id', shard_count => 4);
            INSERT INTO gone SELECT i, i FROM generate_series(1, 20) i;
            """);
        await create.ExecuteNonQueryAsync();
    }

    /// <summary>What still works or waits when the limit is over; empty when nothing does.</summary>
    private async Task<string> LeftAfterAsync()
    {
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            var left = "";
            foreach (var node in servers.Cluster.Nodes)
            {
                await using var command = node.CreateCommand(
                    """
                    SELECT string_agg(state || ' ' || query, E'\n') FROM pg_stat_activity
                    WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid() AND query ~ 'gone|pg_sleep'
                    """);
                left += await command.ExecuteScalarAsync() as string;
            }

            if (left.Length == 0 || DateTime.UtcNow > until)
                return left;
            await Task.Delay(50);
        }
    }
}
