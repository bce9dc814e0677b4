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

    private static async Task RunAsync(NpgsqlDataSource server, string sql)
    {
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
