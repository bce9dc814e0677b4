using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Clients that wait for each other over several nodes: one of them is cancelled, soon, and the others go on.</summary>
[Collection(AloneCollection.Name)]
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
                    await sessions[i].ExecuteAsync($"BEGIN; UPDATE rows SET v = v + 1 WHERE id = {rows[i]}");
                var waiting = Stopwatch.StartNew();
                var first = TimeSpan.Zero;
                var states = await Task.WhenAll(Enumerable.Range(0, clients).Select(async i =>
                {
                    try
                    {
                        await sessions[i].ExecuteAsync($"UPDATE rows SET v = v + 1 WHERE id = {rows[(i + 1) % clients]}");
                        await sessions[i].ExecuteAsync("COMMIT");
                        return "";
                    }
                    catch (PostgresException e)
                    {
                        first = waiting.Elapsed;
                        await sessions[i].ExecuteAsync("ROLLBACK");
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

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Over_two_routers_a_member_is_cancelled_and_never_a_bystander(int clients)
    {
        await using var second = await Cluster.AddRouterAsync();
        NpgsqlDataSource[] routers = [Cluster.Router, second.DataSource];
        var rows = new List<int>();
        for (var i = 0; i < clients; i++)
            rows.Add(await RowOfWorkerAsync(i % 2, rows));
        var calm = await RowOfWorkerAsync(0, rows);
        for (var round = 0; round < 4; round++)
        {
            var members = await Task.WhenAll(Enumerable.Range(0, clients).Select(i => routers[(i + round) % 2].OpenConnectionAsync().AsTask()));
            var bystanders = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => routers[i % 2].OpenConnectionAsync().AsTask()));
            try
            {
                for (var i = 0; i < clients; i++)
                {
                    await members[i].ExecuteAsync($"BEGIN; UPDATE rows SET v = v + 1 WHERE id = {rows[i]}");

                    // Routers tell how old their transactions are to some milliseconds.
                    await Task.Delay(50);
                }

                await bystanders[0].ExecuteAsync($"BEGIN; UPDATE rows SET v = v + 1 WHERE id = {calm}");

                // Younger than all members: one waits for a bystander, two for a member, and they have locks themselves.
                Task[] patient =
                [
                    WaitInBlockAsync(bystanders[1], 99, calm),
                    WaitInBlockAsync(bystanders[2], 98, rows[0]),
                    WaitInBlockAsync(bystanders[3], 97, rows[1]),
                ];
                var waiting = Stopwatch.StartNew();
                var first = TimeSpan.Zero;
                var errors = await Task.WhenAll(Enumerable.Range(0, clients).Select(async i =>
                {
                    try
                    {
                        await members[i].ExecuteAsync($"UPDATE rows SET v = v + 1 WHERE id = {rows[(i + 1) % clients]}");
                        await members[i].ExecuteAsync("COMMIT");
                        return (PostgresException?)null;
                    }
                    catch (PostgresException e)
                    {
                        first = waiting.Elapsed;
                        await members[i].ExecuteAsync("ROLLBACK");
                        return e;
                    }
                }));
                await bystanders[0].ExecuteAsync("COMMIT");
                await Task.WhenAll(patient);

                var error = Assert.Single(errors, e => e is not null)!;
                Assert.Equal("40P01", error.SqlState);
                Assert.Equal(clients, error.Detail!.Split("UPDATE \"public\".\"rows\"", StringSplitOptions.None).Length - 1);
                Assert.True(first < Limit, $"Found after {first}");

                // The youngest member, which began last.
                Assert.NotNull(errors[clients - 1]);
            }
            finally
            {
                foreach (var session in members.Concat(bystanders))
                    await session.DisposeAsync();
            }
        }
    }

    private static async Task WaitInBlockAsync(NpgsqlConnection session, int own, int row)
    {
        await session.ExecuteAsync($"BEGIN; UPDATE rows SET v = v + 1 WHERE id = {own}");
        await session.ExecuteAsync($"UPDATE rows SET v = v + 1 WHERE id = {row}");
        await session.ExecuteAsync("COMMIT");
    }

    private Task<int> RowOfWorkerAsync(int worker, List<int> without) => Cluster.Router.ScalarAsync<int>(
        $"""
        SELECT id FROM rows WHERE id <> ALL (ARRAY[{string.Join(',', without.Append(0))}]) AND id < 90 AND get_shard_id_for_distribution_column('rows', id) IN
        (SELECT shardid FROM pg_dist_shard_placement WHERE nodeport = {Cluster.WorkerPorts[worker]}) ORDER BY id LIMIT 1
        """);
}
