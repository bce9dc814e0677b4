using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Clients that wait for each other over several nodes: one of them is cancelled, soon, and the others go on.</summary>
public sealed class Deadlocks(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const int Rounds = 25;

    // deadlock_timeout is a second: until then PostgreSQL does not look either.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private TestCluster Cluster => fixture.Cluster;

    public async Task InitializeAsync()
    {
        await Cluster.Router.ExecuteAsync("DROP TABLE IF EXISTS rows; CREATE TABLE rows (id int PRIMARY KEY, v int NOT NULL)");
        await Cluster.Router.ExecuteAsync("SELECT create_distributed_table('rows', 'id')");
        await Cluster.Router.ExecuteAsync("INSERT INTO rows SELECT i, 0 FROM generate_series(1, 100) i");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task One_of_the_clients_is_cancelled_within_two_seconds(int clients)
    {
        // Rows of the two workers in turn, so that no node sees the whole circle.
        var rows = new List<int>();
        for (var i = 0; i < clients; i++)
            rows.Add(await Cluster.Router.ScalarAsync<int>(
                $"""
                SELECT id FROM rows WHERE id <> ALL (ARRAY[{string.Join(',', rows.Append(0))}]) AND get_shard_id_for_distribution_column('rows', id) IN
                (SELECT shardid FROM pg_dist_shard_placement WHERE nodeport = {Cluster.WorkerPorts[i % 2]}) ORDER BY id LIMIT 1
                """));

        var before = await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM rows");
        var slow = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            var sessions = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Cluster.Router.OpenConnectionAsync().AsTask()));
            try
            {
                for (var i = 0; i < clients; i++)
                    await RunAsync(sessions[i], $"BEGIN; UPDATE rows SET v = v + 1 WHERE id = {rows[i]}");
                var waiting = Stopwatch.StartNew();
                var first = TimeSpan.Zero;
                var states = await Task.WhenAll(Enumerable.Range(0, clients).Select(async i =>
                {
                    try
                    {
                        await RunAsync(sessions[i], $"UPDATE rows SET v = v + 1 WHERE id = {rows[(i + 1) % clients]}");
                        await RunAsync(sessions[i], "COMMIT");
                        return "";
                    }
                    catch (PostgresException e)
                    {
                        first = waiting.Elapsed;
                        await RunAsync(sessions[i], "ROLLBACK");
                        return e.SqlState;
                    }
                }));
                Assert.Equal(["40P01"], states.Where(s => s.Length > 0));
                if (first > Limit)
                    slow.Add(first);
            }
            finally
            {
                foreach (var session in sessions)
                    await session.DisposeAsync();
            }
        }

        Assert.True(slow.Count == 0, $"{slow.Count} of {Rounds} took longer than {Limit}: {string.Join(", ", slow)}");
        Assert.Equal(before + (Rounds * 2 * (clients - 1)), await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM rows"));
    }

    private static async Task RunAsync(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync();
    }
}
