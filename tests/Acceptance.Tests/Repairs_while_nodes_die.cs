using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// The functions that repair and add placements, through two routers at the same time, while a node is killed. Each does all of its work or nothing, and what is left
/// undone is made good later. TANGELO_REPAIRS_TURNS says how often.
/// </summary>
public sealed class Repairs_while_nodes_die : IAsyncLifetime
{
    private const int Rows = 40_000;

    private static readonly int Turns = Environment.GetEnvironmentVariable("TANGELO_REPAIRS_TURNS") is { Length: > 0 } turns ? int.Parse(turns) : 1;
    private static readonly TimeSpan RepairLimit = TimeSpan.FromSeconds(60);

    private TestCluster _cluster = null!;
    private TestRouter? _second;

    private NpgsqlDataSource One => _cluster.Router;

    private NpgsqlDataSource Two => _second!.DataSource;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(new TestClusterOptions { Workers = 3 });
        _second = await _cluster.AddRouterAsync();
        await One.ExecuteAsync(
            $"""
            CREATE TABLE t (k int PRIMARY KEY, w text);
            SELECT create_distributed_table('t', 'k', shard_count := 3, replication_factor := 2);
            INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, {Rows}) i;
            """);
    }

    public async Task DisposeAsync()
    {
        if (_second is { } second)
            await second.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Placements_are_copied_added_and_counted_anew_and_none_is_wrong()
    {
        // Also while some placements are not filled yet, whose tables are not there.
        await One.ExecuteAsync("BEGIN; SELECT replicate_table_shards('t', 3); SELECT citus_update_table_replication_factor('t', 1); ROLLBACK");
        var random = new Random(1);
        for (var turn = 0; turn < Turns; turn++)
        {
            await One.ExecuteAsync("UPDATE pg_dist_placement SET shardstate = 3 WHERE groupid = (SELECT max(groupid) FROM pg_dist_node)");
            await One.ExecuteAsync($"UPDATE t SET w = md5(k || '{turn}')");
            await Task.WhenAll(
                TryAsync(One, CopyEach("citus_copy_shard_placement")),
                TryAsync(Two, CopyEach("master_copy_shard_placement")),
                TryAsync(Two, "SELECT replicate_table_shards('t', 3)"),
                KillAsync(random.Next(50, 400), node: 1 + (turn % 3)));
            await RepairedAsync();
            await EqualAsync(md5Of: $"k || '{turn}'");

            // The factor of the table is what it was or what it is to be.
            await Task.WhenAll(
                TryAsync(turn % 2 == 0 ? One : Two, $"SELECT citus_update_table_replication_factor('t', {1 + (turn % 2)})"),
                KillAsync(random.Next(50, 800), node: 1 + ((turn + 1) % 3)));
            await RepairedAsync();
            await EqualAsync(md5Of: $"k || '{turn}'");
            await UntilAsync(() => Two.ExecuteAsync("SELECT citus_update_table_replication_factor('t', 2)"));
            await EqualAsync(md5Of: $"k || '{turn}'");
        }
    }

    private static string CopyEach(string function) =>
        $"""
        SELECT {function}(f.shardid, a.nodename, a.nodeport, b.nodename, b.nodeport)
        FROM pg_dist_placement f JOIN pg_dist_node a USING (groupid), pg_dist_placement o JOIN pg_dist_node b USING (groupid)
        WHERE o.shardid = f.shardid AND f.shardstate = 1 AND o.shardstate = 3
        """;

    // What a node that dies, or the other router, may answer.
    private static async Task TryAsync(NpgsqlDataSource router, string sql)
    {
        try
        {
            await router.ExecuteAsync(sql);
        }
        catch (PostgresException e)
        {
            Assert.Contains(e.SqlState[..2], new[] { "08", "40", "55", "57" });
        }
    }

    private async Task KillAsync(int after, int node)
    {
        await Task.Delay(after);
        await _cluster.KillNodeAsync(node);
    }

    private async Task UntilAsync(Func<Task> action)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await action();
                return;
            }
            catch (NpgsqlException) when (Stopwatch.GetElapsedTime(started) < RepairLimit)
            {
                await Task.Delay(200);
            }
        }
    }

    private async Task RepairedAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (!Enumerable.Range(1, 3).All(_cluster.NodeRuns) || await One.ScalarAsync<long>("SELECT count(*) FROM pg_dist_placement WHERE shardstate <> 1") > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < RepairLimit, _cluster.Log);
            await Task.Delay(200);
        }
    }

    private async Task EqualAsync(string md5Of)
    {
        foreach (var router in new[] { One, Two })
            Assert.Equal((long)Rows, await router.ScalarAsync<long>($"SELECT count(*) FROM t WHERE w = md5({md5Of})"));

        // A node that starts takes no connections for a moment.
        IReadOnlyList<string> held = [];
        await UntilAsync(async () =>
        {
            held = await One.ColumnAsync<string>("SELECT DISTINCT shardid || ' ' || success || ' ' || result FROM run_command_on_placements('t', 'SELECT count(*) || md5(string_agg(t::text, '','' ORDER BY k)) FROM %s t')");
            if (held.Any(h => h.Contains(" false ", StringComparison.Ordinal)))
                throw new NpgsqlException(string.Join('\n', held));
        });
        Assert.True(held.Count == 3, string.Join('\n', held));

        // No table is on a node where the metadata have none, and nothing waits for a decision.
        foreach (var node in Enumerable.Range(1, 3))
        {
            var known = await One.ColumnAsync<string>($"SELECT 't_' || shardid FROM pg_dist_shard JOIN pg_dist_shard_placement USING (shardid) WHERE nodeport = {_cluster.NodePort(node)} ORDER BY 1");
            await UntilAsync(async () =>
            {
                var there = await _cluster.Nodes[node].ColumnAsync<string>("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname LIKE 't\\_%' ORDER BY 1");
                var open = await _cluster.Nodes[node].ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts");
                if (!known.SequenceEqual(there) || open > 0)
                    throw new NpgsqlException($"{string.Join(' ', there)} instead of {string.Join(' ', known)}, {open} prepared");
            });
        }
    }
}
