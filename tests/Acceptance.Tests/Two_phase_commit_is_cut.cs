using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;
using Xunit.Abstractions;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// A router is killed at every message of a two-phase commit, before the message is delivered and after it. Another router settles
/// what it leaves: all of the transaction is there or nothing.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class Two_phase_commit_is_cut(ClusterFixture fixture, ITestOutputHelper output) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // Both cuts of each message take minutes (tools/boundaries.sh); by default they take turns.
    private static readonly bool EveryCut = Environment.GetEnvironmentVariable("TANGELO_EVERY_CUT") == "1";

    // What the router says in a two-phase commit: to the workers, and to the coordinator.
    private static readonly byte[][] Messages = [.. new[] { "PREPARE TRANSACTION", "tangelo_record_decision", "COMMIT PREPARED", "COMMIT\0" }.Select(System.Text.Encoding.ASCII.GetBytes)];

    private readonly List<FaultProxy> _proxies = [];
    private TestRouter? _doomed;
    private bool _counts;
    private int _seen;
    private int _cutAt;
    private bool _delivers;

    private TestCluster Cluster => fixture.Cluster;

    public async Task InitializeAsync()
    {
        await Cluster.Router.ExecuteAsync(
            """
            DROP TABLE IF EXISTS near, far;
            CREATE TABLE near (id int PRIMARY KEY, v int NOT NULL);
            INSERT INTO near VALUES (1, 0);
            CREATE TABLE far (id int PRIMARY KEY, v int NOT NULL);
            SELECT create_distributed_table('far', 'id');
            INSERT INTO far SELECT i, 0 FROM generate_series(1, 40) i;
            """);
        foreach (var port in Cluster.WorkerPorts.Prepend(Cluster.NodePort(0)))
            _proxies.Add(new FaultProxy(port, PassAsync));
        for (var worker = 1; worker < _proxies.Count; worker++)
            await Cluster.Nodes[0].ExecuteAsync($"UPDATE pg_dist_node SET nodeport = {_proxies[worker].Port} WHERE nodeport = {Cluster.NodePort(worker)}");
    }

    public async Task DisposeAsync()
    {
        for (var worker = 1; worker < _proxies.Count; worker++)
            await Cluster.Nodes[0].ExecuteAsync($"UPDATE pg_dist_node SET nodeport = {Cluster.NodePort(worker)} WHERE nodeport = {_proxies[worker].Port}");
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
    }

    [Theory]
    [InlineData("BEGIN; UPDATE far SET v = v + 1; UPDATE near SET v = v + 1; COMMIT")]
    [InlineData("UPDATE far SET v = v + 1")]
    [InlineData("DO $$ BEGIN UPDATE far SET v = v + 1; UPDATE near SET v = v + 1; END $$")]
    public async Task What_is_left_at_any_message_is_settled(string sql)
    {
        var slowest = TimeSpan.Zero;
        var cuts = 0;
        for (var message = 1; ; message++)
        {
            var beyond = 0;
            foreach (var delivers in new[] { false, true })
            {
                if (!EveryCut && delivers != (message % 2 == 0))
                {
                    beyond++;
                    continue;
                }

                if (!await CutAsync(sql, message, delivers))
                {
                    beyond++;
                    continue;
                }

                cuts++;
                var since = Stopwatch.StartNew();
                while ((await Cluster.PreparedAsync()).Count > 0)
                {
                    Assert.True(since.Elapsed < Limit, $"Cut at message {message}: not settled after {Limit}.\n{Cluster.Log}");
                    await Task.Delay(50);
                }

                slowest = since.Elapsed > slowest ? since.Elapsed : slowest;
                await EverythingIsWholeAsync(sql, message);
            }

            if (beyond == 2)
                break;
        }

        output.WriteLine($"{cuts} cuts, all settled, the slowest after {slowest.TotalSeconds:0.0} s: {sql}");
        Assert.True(cuts >= (EveryCut ? 6 : 3), $"Only {cuts} messages were seen.");
    }

    /// <summary>Runs the statement through a router that dies at a message of it.</summary>
    /// <returns>False when the statement came to its end.</returns>
    private async Task<bool> CutAsync(string sql, int message, bool delivers)
    {
        await using var doomed = _doomed = await TestRouter.StartAsync(_proxies[0].Port, Cluster.StartLimit);
        await using var session = await doomed.DataSource.OpenConnectionAsync();
        await session.ExecuteAsync("SELECT count(*) FROM far");
        (_seen, _cutAt, _delivers, _counts) = (0, message, delivers, true);
        try
        {
            await session.ExecuteAsync(sql);
            return false;
        }
        catch (Exception e) when (e is NpgsqlException and not PostgresException or IOException)
        {
            return true;
        }
        finally
        {
            _counts = false;
        }
    }

    private async ValueTask PassAsync(ReadOnlyMemory<byte> piece, Func<ValueTask> pass)
    {
        if (!_counts || !Array.Exists(Messages, m => piece.Span.IndexOf(m) >= 0))
        {
            await pass();
            return;
        }

        if (Interlocked.Increment(ref _seen) != _cutAt)
        {
            await pass();
            return;
        }

        if (_delivers)
            await pass();
        await _doomed!.KillAsync();
    }

    private async Task EverythingIsWholeAsync(string sql, int message)
    {
        var values = await Cluster.Router.ColumnAsync<int>("SELECT DISTINCT v FROM far");
        Assert.True(values.Count == 1, $"Cut at message {message}: {sql} is there by half.");
        if (sql.Contains("near", StringComparison.Ordinal))
            Assert.Equal(values[0], await Cluster.Router.ScalarAsync<int>("SELECT v FROM near"));
    }
}
