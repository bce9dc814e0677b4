using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Tangelo.Server.Tests.Clients;

/// <summary>Connections to workers that end while they lie in the pool.</summary>
[Collection(ServersCollection.Name)]
public sealed class PooledConnectionTests(Servers servers)
{
    private NpgsqlDataSource Router => servers.Cluster.Router;

    [Fact]
    public async Task A_connection_that_has_just_ended_in_the_pool_does_not_fail_a_statement()
    {
        await RunAsync(Router, "DROP TABLE IF EXISTS pooled; CREATE TABLE pooled (id int PRIMARY KEY, v int)");
        await RunAsync(Router, "SELECT create_distributed_table('pooled', 'id')");
        await using var session = await Router.OpenConnectionAsync();
        foreach (var sql in new[]
        {
            "SELECT count(*) FROM pooled", "SELECT v FROM pooled WHERE id = 1", "INSERT INTO pooled VALUES (1, 1) ON CONFLICT DO NOTHING",
            "UPDATE pooled SET v = v + 1", "BEGIN; SELECT count(*) FROM pooled; COMMIT",
        })
        {
            for (var i = 0; i < 5; i++)
            {
                await using (var command = new NpgsqlCommand("SELECT count(*) FROM pooled", session))
                    await command.ExecuteScalarAsync();
                foreach (var worker in servers.Cluster.Nodes.Skip(1))
                    await RunAsync(worker, "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = 'tangelo' AND state = 'idle'");
                await using var again = new NpgsqlCommand(sql, session);
                await again.ExecuteNonQueryAsync();
            }
        }
    }

    // A server that is stopped learns only afterwards that it has to end: nobody could have seen that before.
    [Fact]
    public async Task A_query_in_parts_runs_again_when_a_connection_from_the_pool_ends_under_it()
    {
        await RunAsync(Router, "DROP TABLE IF EXISTS halves; CREATE TABLE halves (id int PRIMARY KEY, v int)");
        await RunAsync(Router, "SELECT create_distributed_table('halves', 'id')");
        await RunAsync(Router, "INSERT INTO halves SELECT i, i % 7 FROM generate_series(1, 50) i");
        await using var session = await Router.OpenConnectionAsync();
        await using var query = new NpgsqlCommand("SELECT count(*) FROM halves a JOIN halves b ON a.v = b.id", session);
        Assert.Equal(43L, await query.ExecuteScalarAsync());
        var worker = servers.Cluster.Nodes[^1];
        var backends = new List<int>();
        await using (var command = worker.CreateCommand("SELECT pid FROM pg_stat_activity WHERE application_name = 'tangelo' AND state = 'idle'"))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                backends.Add(reader.GetInt32(0));
        }

        Assert.NotEmpty(backends);
        try
        {
            await SignalAsync("STOP", backends);
            foreach (var backend in backends)
                await RunAsync(worker, $"SELECT pg_terminate_backend({backend})");
            var answer = query.ExecuteScalarAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(300));
            await SignalAsync("CONT", backends);
            Assert.Equal(43L, await answer);
        }
        finally
        {
            await SignalAsync("CONT", backends);
        }
    }

    private static async Task SignalAsync(string signal, IEnumerable<int> processes)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. processes.Select(p => p.ToString(CultureInfo.InvariantCulture))]);
        await kill.WaitForExitAsync();
    }

    private static async Task RunAsync(NpgsqlDataSource server, string sql)
    {
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
