using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// The router is killed again and again in the middle of statements that write on several nodes. After each restart no node holds a
/// prepared transaction, and what was confirmed is there and nothing is there by half.
/// </summary>
public sealed class Router_is_killed(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const int Rounds = 20;
    private const int Rows = 400;

    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(30);

    private readonly string[] _kinds = ["update", "copy", "insert select", "schema", "distribute"];

    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task No_prepared_transaction_and_no_half_applied_change_is_left()
    {
        await Cluster.Router.ExecuteAsync(
            $"""
            CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL);
            SELECT create_distributed_table('counters', 'id');
            INSERT INTO counters SELECT i, 0 FROM generate_series(1, {Rows}) i;
            CREATE TABLE copied (batch int, id int);
            SELECT create_distributed_table('copied', 'id');
            CREATE TABLE selected (batch int, id int);
            SELECT create_distributed_table('selected', 'id', colocate_with => 'none');
            CREATE TABLE shaped (id int PRIMARY KEY);
            SELECT create_distributed_table('shaped', 'id');
            """);

        var confirmed = _kinds.ToDictionary(k => k, _ => 0);
        var begun = _kinds.ToDictionary(k => k, _ => 0);
        for (var round = 1; round <= Rounds; round++)
        {
            using var firstDone = new SemaphoreSlim(0);
            // Two kinds at a time, so that a kill meets several transactions.
            string[] kinds = [_kinds[round % _kinds.Length], _kinds[(round + 1 + (round / _kinds.Length % 4)) % _kinds.Length]];
            var writers = Task.WhenAll(kinds.Distinct().Select(kind => WriteUntilCutOffAsync(kind, begun, confirmed, firstDone)));
            Assert.True(await firstDone.WaitAsync(RecoveryLimit), $"Round {round}: nothing was written. {string.Join(", ", kinds)}\n{Cluster.Log}");
            await Task.Delay(Random.Shared.Next(150));
            await Cluster.KillRouterAsync();
            await writers;
            await Cluster.RestartRouterAsync();

            await NoPreparedTransactionIsLeftAsync(round);
            await EverythingIsWholeAsync(round, begun, confirmed);
        }
    }

    [Fact]
    public async Task What_it_had_the_nodes_do_ends_too()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE slow (id int PRIMARY KEY); SELECT create_distributed_table('slow', 'id'); INSERT INTO slow SELECT generate_series(1, 40)");
        await using var router = await Cluster.AddRouterAsync();
        string[] texts = ["SELECT pg_sleep(600)", "SELECT pg_sleep(600) FROM slow WHERE id = 1"];
        var running = texts.Select(async text =>
        {
            await using var session = await router.DataSource.OpenConnectionAsync();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => session.ExecuteAsync(text));
        }).ToList();
        await Waiting.UntilAsync(async () => await Cluster.ActiveAsync("pg_sleep(600)") == texts.Length);
        await router.KillAsync();
        await Task.WhenAll(running);
        await Waiting.UntilAsync(async () => await Cluster.ActiveAsync("pg_sleep(600)") == 0);
    }

    /// <summary>What each kind has left must be whole batches, from those that were confirmed to those that were begun.</summary>
    private async Task EverythingIsWholeAsync(int round, Dictionary<string, int> begun, Dictionary<string, int> confirmed)
    {
        var found = new Dictionary<string, (long Done, long Broken)>
        {
            ["update"] = (await NumberAsync("SELECT min(n) FROM counters"), await NumberAsync($"SELECT count(DISTINCT n) - 1 + abs(count(*) - {Rows}) FROM counters")),
            ["copy"] = await BatchesAsync("copied"),
            ["insert select"] = await BatchesAsync("selected"),
            ["schema"] = (
                await NumberAsync("SELECT count(*) FROM pg_attribute WHERE attrelid = 'shaped'::regclass AND attname ~ '^c[0-9]'"),
                await NumberAsync(
                    """
                    SELECT count(DISTINCT result) - 1 FROM run_command_on_placements('shaped',
                        'SELECT count(*) FROM pg_attribute WHERE attrelid = ''%s''::regclass AND attname ~ ''^c[0-9]''')
                    """)),
            ["distribute"] = (
                await NumberAsync(@"SELECT count(*) FROM pg_dist_partition WHERE logicalrelid::text ~ '^made_\d+$'"),
                await NumberAsync(
                    @"SELECT count(*) FROM pg_dist_partition WHERE logicalrelid::text ~ '^made_\d+$' AND (SELECT count(*) FROM pg_dist_shard s WHERE s.logicalrelid = pg_dist_partition.logicalrelid) <> 4")),
        };
        foreach (var (kind, (done, broken)) in found)
        {
            Assert.True(broken == 0, $"Round {round}: {kind} is there by half.");
            Assert.True(done >= confirmed[kind] && done <= begun[kind], $"Round {round}: {kind}: {done} are there, {confirmed[kind]} were confirmed and {begun[kind]} begun.");

            // The one that was cut off may or may not have been done.
            begun[kind] = confirmed[kind] = (int)done;
        }

        // A table that was not distributed is whole on the coordinator, and no worker has shards that the metadata does not know.
        var tables = await Cluster.Nodes[0].ColumnAsync<string>(@"SELECT relname::text FROM pg_class WHERE relname ~ '^made_\d+$' AND relkind = 'r'");
        foreach (var table in tables)
            Assert.Equal(Rows, await NumberAsync($"SELECT count(*) FROM {table}"));
        var known = await Cluster.Router.ColumnAsync<string>(@"SELECT (logicalrelid::regclass::text || '_' || shardid) FROM pg_dist_shard WHERE logicalrelid::text ~ '^made_\d+$'");
        foreach (var worker in Cluster.Nodes.Skip(1))
            Assert.Empty((await worker.ColumnAsync<string>(@"SELECT relname::text FROM pg_class WHERE relname ~ '^made_\d+_\d+$' AND relkind = 'r'")).Except(known));
        foreach (var table in tables)
            await Cluster.Router.ExecuteAsync($"DROP TABLE {table}");
        begun["distribute"] = confirmed["distribute"] = 0;
    }

    private async Task<(long Done, long Broken)> BatchesAsync(string table) => (
        await NumberAsync($"SELECT count(DISTINCT batch) FROM {table}"),
        await NumberAsync($"SELECT count(*) FROM (SELECT batch FROM {table} GROUP BY batch HAVING count(*) <> {Rows}) b"));

    private async Task<long> NumberAsync(string sql) => Convert.ToInt64(await Cluster.Router.ScalarAsync<object>(sql));

    /// <summary>Writes one batch after another until the connection breaks.</summary>
    private async Task WriteUntilCutOffAsync(string kind, Dictionary<string, int> begun, Dictionary<string, int> confirmed, SemaphoreSlim firstDone)
    {
        try
        {
            await using var connection = await Cluster.Router.OpenConnectionAsync();
            while (true)
            {
                int number;
                lock (begun)
                    number = begun[kind]++;
                await WriteAsync(connection, kind, Guid.NewGuid().GetHashCode(), number);
                lock (begun)
                    confirmed[kind]++;
                firstDone.Release();
            }
        }
        catch (PostgresException e)
        {
            throw new InvalidOperationException($"{kind} failed before the router was killed: {e.SqlState} {e.MessageText}", e);
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            // The router is gone.
        }
    }

    private static async Task WriteAsync(NpgsqlConnection connection, string kind, int batch, int number)
    {
        switch (kind)
        {
            case "copy":
                await using (var copy = await connection.BeginTextImportAsync("COPY copied FROM STDIN"))
                {
                    for (var i = 1; i <= Rows; i++)
                        await copy.WriteAsync($"{batch}\t{i}\n");
                }

                return;
            case "distribute":
                await connection.ExecuteAsync($"CREATE TABLE made_{number} AS SELECT i AS id FROM generate_series(1, {Rows}) i");
                await connection.ExecuteAsync($"SELECT create_distributed_table('made_{number}', 'id', shard_count => 4)");
                return;
            default:
                await connection.ExecuteAsync(kind switch
                {
                    "update" => "UPDATE counters SET n = n + 1",
                    "insert select" => $"INSERT INTO selected SELECT {batch}, id FROM counters",
                    _ => $"ALTER TABLE shaped ADD COLUMN c{number} int",
                });
                return;
        }
    }

    private async Task NoPreparedTransactionIsLeftAsync(int round)
    {
        using var late = new CancellationTokenSource(RecoveryLimit);
        while (true)
        {
            var left = await Cluster.PreparedAsync();
            if (left.Count == 0)
                return;
            Assert.False(late.IsCancellationRequested, $"Round {round}: left after {RecoveryLimit.TotalSeconds} s: {string.Join(", ", left)}\n{Cluster.Log}");
            await Task.Delay(100, CancellationToken.None);
        }
    }
}
