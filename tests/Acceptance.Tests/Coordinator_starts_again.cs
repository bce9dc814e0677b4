using System.Text;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// The coordinator crashes and starts again while a router stands still in the middle of a function's commit. What the new one answers about process ids and
/// transaction ids is about others than those that the router means.
/// </summary>
public sealed class Coordinator_starts_again(Coordinator_starts_again.Fixture fixture) : IClassFixture<Coordinator_starts_again.Fixture>, IAsyncLifetime
{
    private const string Work = "UPDATE accounts SET v = v + 1; UPDATE vault SET v = v - 40;";

    private readonly List<FaultProxy> _proxies = [];
    private TestRouter _router = null!;
    private byte[]? _standsStillAfter;
    private Task _crash = Task.CompletedTask;

    /// <summary>By itself the server writes its log late, so that a crash undoes the ids of transactions, too.</summary>
    public sealed class Fixture : ClusterFixture
    {
        protected override TestClusterOptions Options => new() { NodeSettings = ["wal_writer_delay = 10s"] };
    }

    private TestCluster Cluster => fixture.Cluster;

    public async Task InitializeAsync()
    {
        await Cluster.Router.ExecuteAsync(
            """
            DROP TABLE IF EXISTS vault, accounts;
            CREATE TABLE vault (id int PRIMARY KEY, v int NOT NULL);
            INSERT INTO vault VALUES (0, 1000);
            CREATE TABLE accounts (id int PRIMARY KEY, v int NOT NULL);
            SELECT create_distributed_table('accounts', 'id');
            INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 40) i;
            """);
        _proxies.Add(new FaultProxy(Cluster.NodePort(0), PassAsync));
        _router = await TestRouter.StartAsync(_proxies[0].Port, Cluster.StartLimit);
        await _router.DataSource.ExecuteAsync("SELECT sum(v) FROM accounts");
    }

    public async Task DisposeAsync()
    {
        await _router.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
    }

    [Theory]
    [InlineData("backend_xid")]
    [InlineData("pg_logical_emit_message")]
    public async Task What_it_forgets_is_undone_on_the_nodes(string question)
    {
        _standsStillAfter = Encoding.ASCII.GetBytes(question);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => _router.DataSource.ExecuteAsync($"DO $$ BEGIN {Work} END $$"));
        await _crash;
        await NothingIsDoneAsync();
    }

    [Fact]
    public async Task A_commit_that_nobody_waits_for_any_more_is_none()
    {
        var call = Task.Run(() => _router.DataSource.ExecuteAsync($"DO $$ BEGIN {Work} PERFORM pg_sleep(1); END $$"));
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await CrashAsync(() => Task.CompletedTask, TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => call);
        await NothingIsDoneAsync();
    }

    private async ValueTask PassAsync(ReadOnlyMemory<byte> piece, Func<ValueTask> pass)
    {
        if (_standsStillAfter is { } question && piece.Span.IndexOf(question) >= 0)
        {
            _standsStillAfter = null;
            _crash = CrashAsync(async () => await pass(), TimeSpan.FromMilliseconds(50));
            await _crash;
            return;
        }

        await pass();
    }

    // What the servers say meanwhile the router learns afterwards.
    private async Task CrashAsync(Func<Task> first, TimeSpan pause)
    {
        Processes.Stop(_router.ProcessId);
        try
        {
            await first();
            await Task.Delay(pause);
            await Cluster.KillNodeAsync(0);
            await Waiting.UntilAsync(async () => await Cluster.Nodes[0].ScalarAsync<int>("SELECT 1") == 1);
        }
        finally
        {
            Processes.Continue(_router.ProcessId);
        }
    }

    private async Task NothingIsDoneAsync()
    {
        await Waiting.UntilAsync(async () => (await Cluster.PreparedAsync()).Count == 0);
        await Waiting.UntilAsync(async () => await Cluster.Router.ScalarAsync<int>("SELECT v FROM vault") == 1000);
        Assert.Equal(0, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM accounts"));
    }
}
