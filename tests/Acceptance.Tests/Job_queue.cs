using System.Collections.Concurrent;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Workers that take jobs out of a table whose rows lie on several nodes.</summary>
public sealed class Job_queue(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const int Workers = 8;
    private const int Jobs = 500;

    private TestCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData("jobs_in", "DELETE FROM {0} WHERE id IN (SELECT id FROM {0} ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id")]
    [InlineData("jobs_value", "DELETE FROM {0} WHERE id = (SELECT id FROM {0} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id")]
    [InlineData("jobs_with", "WITH next AS (SELECT id FROM {0} WHERE state = 'new' ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED) UPDATE {0} j SET state = 'done' FROM next WHERE j.id = next.id RETURNING j.id")]
    [InlineData("jobs_noted", "DELETE FROM {0} WHERE id IN (SELECT j.id FROM {0} j JOIN {0}_notes n ON n.job = j.id ORDER BY j.id LIMIT 5 FOR UPDATE OF j SKIP LOCKED) RETURNING id")]
    public async Task Each_job_is_taken_once(string table, string take)
    {
        await MakeAsync(table);
        var taken = new ConcurrentBag<long>();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async _ =>
        {
            await using var connection = await Cluster.Router.OpenConnectionAsync();
            for (var empty = 0; empty < 3;)
            {
                await using var command = new NpgsqlCommand(string.Format(take, table), connection);
                await using var reader = await command.ExecuteReaderAsync();
                var any = false;
                while (await reader.ReadAsync())
                {
                    any = true;
                    taken.Add(reader.GetInt64(0));
                }

                empty = any ? 0 : empty + 1;
            }
        }));
        Assert.Equal(Enumerable.Range(1, Jobs).Select(i => (long)i), taken.Order());
    }

    [Fact]
    public async Task A_job_that_another_worker_holds_is_left_to_it_until_it_gives_up()
    {
        await MakeAsync("jobs_held");
        await using var first = await Cluster.Router.OpenConnectionAsync();
        await using var second = await Cluster.Router.OpenConnectionAsync();
        await using var transaction = await first.BeginTransactionAsync();
        Assert.Equal([1, 2, 3], await TakeAsync(first));
        Assert.Equal([4, 5, 6], await TakeAsync(second));
        Assert.Equal([4, 5, 6], await TakeAsync(second));
        await transaction.RollbackAsync();
        Assert.Equal([1, 2, 3], await TakeAsync(second));
    }

    private static async Task<List<long>> TakeAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT id FROM jobs_held ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<long>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetInt64(0));
        return rows;
    }

    private async Task MakeAsync(string table)
    {
        await Cluster.Router.ExecuteAsync($"CREATE TABLE {table} (id bigint PRIMARY KEY, priority int, state text DEFAULT 'new')");
        await Cluster.Router.ExecuteAsync($"SELECT create_distributed_table('{table}', 'id')");
        await Cluster.Router.ExecuteAsync($"INSERT INTO {table} (id, priority) SELECT i, i % 5 FROM generate_series(1, {Jobs}) i");
        await Cluster.Router.ExecuteAsync($"CREATE TABLE {table}_notes (note bigint PRIMARY KEY, job bigint)");
        await Cluster.Router.ExecuteAsync($"SELECT create_distributed_table('{table}_notes', 'note')");
        await Cluster.Router.ExecuteAsync($"INSERT INTO {table}_notes SELECT i + 7, i FROM generate_series(1, {Jobs}) i");
    }
}
