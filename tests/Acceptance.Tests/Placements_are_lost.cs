using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// Tables whose shards have two placements: writers clash through two routers, and workers die meanwhile. In the end the placements are equal, and have what was
/// committed. TANGELO_PLACEMENTS_SECONDS says how long.
/// </summary>
public sealed class Placements_are_lost : IAsyncLifetime
{
    private static readonly TimeSpan RepairLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Duration =
        Environment.GetEnvironmentVariable("TANGELO_PLACEMENTS_SECONDS") is { Length: > 0 } seconds ? TimeSpan.FromSeconds(int.Parse(seconds)) : TimeSpan.FromSeconds(12);

    private readonly ConcurrentBag<int> _committed = [];
    private int _told;

    private TestCluster _cluster = null!;
    private TestRouter? _second;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _second = await _cluster.AddRouterAsync();
        await _cluster.Router.ExecuteAsync(
            """
            CREATE TABLE t (k int PRIMARY KEY, v int, w text);
            SELECT create_distributed_table('t', 'k', shard_count := 4, replication_factor := 2);
            INSERT INTO t SELECT i, i % 8, '' FROM generate_series(1, 60) i;
            CREATE TABLE told (k int PRIMARY KEY);
            SELECT create_distributed_table('told', 'k', colocate_with => 't');
            """);
    }

    public async Task DisposeAsync()
    {
        if (_second is { } second)
            await second.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task And_are_equal_again_after_a_worker_was_killed_among_writers()
    {
        await WriteForAsync(TimeSpan.FromSeconds(5), mayFail: _ => false);
        await PlacementsAreEqualAsync();

        var writing = WriteForAsync(Duration, mayFail: _ => true);
        await Task.Delay(TimeSpan.FromSeconds(3));
        for (var (kill, last) = (0, (int)((Duration.TotalSeconds - 9) / 7)); kill <= last; kill++)
        {
            if (kill > 0)
                await Task.Delay(TimeSpan.FromSeconds(7));
            await _cluster.KillNodeAsync(1 + (kill % 2));
        }

        await writing;
        await RepairedAsync();
        await PlacementsAreEqualAsync();
        Assert.True(_committed.Count > 100, $"{_committed.Count} rows");
        Assert.Empty(_committed.Except(await _cluster.Router.ColumnAsync<int>("SELECT k FROM told")));
    }

    [Fact]
    public async Task And_repaired_by_hand_and_by_themselves()
    {
        var shard = await _cluster.Router.ScalarAsync<long>("SELECT min(shardid) FROM pg_dist_shard");
        await _cluster.Router.ExecuteAsync("UPDATE pg_dist_placement SET shardstate = 3 WHERE groupid = (SELECT max(groupid) FROM pg_dist_node)");
        await _cluster.Router.ExecuteAsync("UPDATE t SET w = w || 'only here'");
        Assert.Equal(60L, await _cluster.Router.ScalarAsync<long>("SELECT count(*) FROM t WHERE w LIKE '%only here'"));
        await RepairedAsync();
        await PlacementsAreEqualAsync();
        var error = await Assert.ThrowsAsync<PostgresException>(() => _cluster.Router.ExecuteAsync(
            $"""
            SELECT citus_copy_shard_placement({shard}, a.nodename, a.nodeport, b.nodename, b.nodeport) FROM pg_dist_node a, pg_dist_node b
            WHERE a.groupid = (SELECT min(groupid) FROM pg_dist_placement WHERE shardid = {shard}) AND b.groupid = (SELECT max(groupid) FROM pg_dist_placement WHERE shardid = {shard})
            """));
        Assert.Equal("55000", error.SqlState);
    }

    [Fact]
    public async Task And_writers_wait_for_their_repair_and_go_on()
    {
        // Of the first node: writers that waited for the second one find that they need its lock, too.
        // Only who has the lock of the first one when that is lost cannot go on.
        var writing = WriteForAsync(TimeSpan.FromSeconds(6), mayFail: e => e is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure });
        for (var turn = 0; turn < 2; turn++)
        {
            await _cluster.Router.ExecuteAsync("UPDATE pg_dist_placement SET shardstate = 3 WHERE groupid = (SELECT min(groupid) FROM pg_dist_node WHERE groupid > 0)");
            await RepairedAsync();
        }

        await writing;
        await PlacementsAreEqualAsync();
    }

    [Fact]
    public async Task And_follow_what_a_function_changes_in_the_schema()
    {
        // It stays away until its file is there again.
        var (rules, away) = (_cluster.NodeFile(1, "pg_hba.conf"), _cluster.NodeFile(1, "pg_hba.away"));
        File.Move(rules, away);
        await _cluster.KillNodeAsync(1);
        await _cluster.Router.ExecuteAsync("DO 'BEGIN ALTER TABLE t ADD COLUMN added int DEFAULT 7; CREATE INDEX later ON t (added); END'");
        Assert.Equal(8L, await _cluster.Router.ScalarAsync<long>("SELECT count(*) FROM pg_dist_placement WHERE shardstate = 3"));
        File.Move(away, rules);
        await RepairedAsync();
        await PlacementsAreEqualAsync();
        Assert.Equal(420L, await _cluster.Router.ScalarAsync<long>("SELECT sum(added) FROM t"));
        Assert.Equal(4L, await _cluster.Nodes[1].ScalarAsync<long>("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'later%'"));
    }

    [Fact]
    public async Task And_read_as_the_policy_of_a_role_says()
    {
        foreach (var shard in await _cluster.Router.ColumnAsync<long>("SELECT shardid FROM pg_dist_shard WHERE logicalrelid = 't'::regclass"))
            await _cluster.Nodes[2].ExecuteAsync($"DELETE FROM t_{shard}");
        Assert.NotEqual(60L, await _cluster.Router.ScalarAsync<long>("SELECT count(*) FROM t"));
        await _cluster.Router.ExecuteAsync("ALTER ROLE postgres SET citus.task_assignment_policy = 'first-replica'");
        _cluster.Router.Clear();
        Assert.Equal(60L, await _cluster.Router.ScalarAsync<long>("SELECT count(*) FROM t"));
    }

    private async Task WriteForAsync(TimeSpan duration, Func<Exception, bool> mayFail)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async writer =>
        {
            var random = new Random(writer);
            var router = writer % 2 == 0 ? _cluster.Router : _second!.DataSource;
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                try
                {
                    await using var session = await router.OpenConnectionAsync();
                    var told = random.Next(7) == 0 ? Interlocked.Increment(ref _told) : 0;
                    await using var command = new NpgsqlCommand(told > 0 ? $"INSERT INTO told VALUES ({told})" : Statement(random), session);
                    await command.ExecuteNonQueryAsync();
                    if (told > 0)
                        _committed.Add(told);
                }
                catch (Exception e) when (e is NpgsqlException or IOException && mayFail(e))
                {
                    await Task.Delay(50);
                }
            }
        }));
    }

    private static string Statement(Random random)
    {
        var (key, value, other) = (random.Next(1, 70), random.Next(8), random.Next(8));
        return random.Next(6) switch
        {
            0 => $"UPDATE t SET v = {value}, w = w || 'x' WHERE v = {other}",
            1 => $"UPDATE t SET v = {value} WHERE k = {key}",
            2 => $"INSERT INTO t VALUES ({key}, {value}, 'n') ON CONFLICT (k) DO UPDATE SET v = excluded.v + 1",
            3 => $"DELETE FROM t WHERE k = {key}",
            4 => $"BEGIN; SELECT v FROM t WHERE k = {key} FOR UPDATE; UPDATE t SET v = v + 1 WHERE k = {key}; COMMIT",
            _ => $"UPDATE t SET v = (random() * 8)::int WHERE v = {other}",
        };
    }

    private async Task RepairedAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (await _cluster.Router.ScalarAsync<long>("SELECT count(*) FROM pg_dist_placement WHERE shardstate <> 1") > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < RepairLimit, _cluster.Log);
            await Task.Delay(200);
        }
    }

    private async Task PlacementsAreEqualAsync()
    {
        foreach (var shard in await _cluster.Router.ColumnAsync<string>("SELECT logicalrelid || '_' || shardid FROM pg_dist_shard"))
        {
            var sql = $"SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY k), '') FROM {shard} t";
            Assert.Equal((await _cluster.Nodes[1].ColumnAsync<string>(sql))[0], (await _cluster.Nodes[2].ColumnAsync<string>(sql))[0]);
        }
    }
}
