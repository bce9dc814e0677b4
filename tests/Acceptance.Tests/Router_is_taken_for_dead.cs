using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// Who settles prepared transactions may be wrong about whose router is dead, and a coordinator that crashes forgets transaction ids that have reached no
/// disk: neither makes half a commit.
/// </summary>
public sealed class Router_is_taken_for_dead(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const string Total = "SELECT (SELECT sum(v) FROM accounts) + (SELECT v FROM vault)";

    private TestCluster Cluster => fixture.Cluster;

    public Task InitializeAsync() => Waiting.UntilAsync(async () => await Cluster.Router.ExecuteAsync(
        """
        DROP TABLE IF EXISTS vault, accounts;
        CREATE TABLE vault (id int PRIMARY KEY, v int NOT NULL);
        INSERT INTO vault VALUES (0, 1000);
        CREATE TABLE accounts (id int PRIMARY KEY, v int NOT NULL);
        SELECT create_distributed_table('accounts', 'id');
        INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 40) i;
        """) != 0);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task What_another_router_has_rolled_back_cannot_be_committed()
    {
        await using var other = await Cluster.AddRouterAsync();
        await using var held = await Cluster.Nodes[0].OpenConnectionAsync();
        await held.ExecuteAsync("SELECT pg_advisory_lock(8386105371502866295)");

        // Both nodes are prepared, and the decision waits for the lock.
        var commit = Task.Run(() => Cluster.Router.ExecuteAsync("UPDATE accounts SET v = v + 1"));
        await Waiting.UntilAsync(async () => (await Cluster.PreparedAsync()).Count == 2);

        // The first router no longer shows that it lives, and the other one settles what it left, as it thinks.
        await Waiting.UntilAsync(async () =>
        {
            await HideAsync(Cluster.Port);
            return (await Cluster.PreparedAsync()).Count == 0;
        });
        await held.ExecuteAsync("SELECT pg_advisory_unlock(8386105371502866295)");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => commit);
        Assert.Equal("40001", refused.SqlState);
        Assert.Equal(0, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM accounts"));
        await Cluster.Router.ExecuteAsync("UPDATE accounts SET v = v + 1");
        Assert.Equal(40, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM accounts"));
    }

    [Fact]
    public async Task A_router_shows_itself_again_when_the_coordinator_is_back()
    {
        await Cluster.KillNodeAsync(0);
        await Waiting.UntilAsync(async () => await ShowsItselfAsync(Cluster.Port));
    }

    [Fact]
    public async Task The_id_of_a_transaction_that_a_crash_has_undone_is_not_given_again()
    {
        // One node hangs while it is to be prepared: the other one is, for a transaction of the coordinator that a crash undoes. By itself the server
        // writes its log within 200 ms.
        var call = Task.Run(() => Cluster.Router.ExecuteAsync("DO $$ BEGIN UPDATE accounts SET v = v + 1; PERFORM pg_sleep(2); UPDATE vault SET v = v - 40; END $$"));
        var hung = 0;
        await Waiting.UntilAsync(async () =>
        {
            var writers = await Cluster.Nodes[2].ColumnAsync<int>("SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND backend_xid IS NOT NULL");
            hung = writers.Count > 0 ? writers[0] : 0;
            return hung != 0;
        });
        Processes.Stop(hung);
        try
        {
            await Waiting.UntilAsync(async () => (await Cluster.PreparedAsync()).Count == 1);
            var id = ulong.Parse((await Cluster.Nodes[1].ScalarAsync<string>("SELECT gid FROM pg_prepared_xacts")).Split("_x")[1]);
            await Cluster.KillNodeAsync(0);
            var next = 0UL;
            await Waiting.UntilAsync(async () => (next = ulong.Parse(await Cluster.Nodes[0].ScalarAsync<string>("SELECT pg_current_xact_id()::text"))) > 0);
            Assert.True(next > id, $"{next} after {id}");
        }
        finally
        {
            Processes.Continue(hung);
        }

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => call);
        await Waiting.UntilAsync(async () => (await Cluster.PreparedAsync()).Count == 0);
        await Waiting.UntilAsync(async () => await Cluster.Router.ScalarAsync<long>(Total) == 1000);
        Assert.Equal(0, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM accounts"));
    }

    private Task<int> HideAsync(int router) => Cluster.Nodes[0].ExecuteAsync(
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tangelo router %:{router}'");

    private Task<bool> ShowsItselfAsync(int router) => Cluster.Nodes[0].ScalarAsync<bool>(
        $"SELECT EXISTS (SELECT FROM pg_stat_activity a JOIN pg_locks l USING (pid) WHERE application_name LIKE 'tangelo router %:{router}' AND l.locktype = 'advisory')");
}
