using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// The router is killed again and again while it updates every row of a table. Each update adds one to each row, so rows that
/// differ show a change that was applied by half.
/// </summary>
public sealed class Router_is_killed(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const int Rounds = 20;
    private const int Rows = 400;

    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(30);

    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task No_prepared_transaction_and_no_half_applied_change_is_left()
    {
        await Cluster.Router.ExecuteAsync("CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL)");
        await Cluster.Router.ExecuteAsync("SELECT create_distributed_table('counters', 'id')");
        await Cluster.Router.ExecuteAsync($"INSERT INTO counters SELECT i, 0 FROM generate_series(1, {Rows}) i");

        var before = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            using var firstDone = new SemaphoreSlim(0);
            var updates = UpdateUntilCutOffAsync(firstDone);
            await firstDone.WaitAsync();
            await Task.Delay(Random.Shared.Next(80));
            await Cluster.KillRouterAsync();
            var confirmed = await updates;
            await Cluster.RestartRouterAsync();

            await NoPreparedTransactionIsLeftAsync(round);
            Assert.Equal(Rows, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM counters"));
            var least = await Cluster.Router.ScalarAsync<int>("SELECT min(n) FROM counters");
            var most = await Cluster.Router.ScalarAsync<int>("SELECT max(n) FROM counters");
            Assert.True(least == most, $"Round {round}: rows lie between {least} and {most}.");
            // What the client was told is kept; the update that was cut off may or may not have been.
            Assert.InRange(least, before + confirmed, before + confirmed + 1);
            before = least;
        }
    }

    [Fact]
    public async Task A_coordinator_that_still_commits_the_decision_is_not_overtaken()
    {
        // The trigger runs inside of the coordinator's COMMIT, after the nodes were prepared and the decision was written.
        await Cluster.Router.ExecuteAsync(
            """
            CREATE TABLE balances (id int PRIMARY KEY, n int NOT NULL);
            CREATE TABLE journal (n int);
            CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER pause AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pause();
            """);
        await Cluster.Router.ExecuteAsync("SELECT create_distributed_table('balances', 'id')");
        await Cluster.Router.ExecuteAsync("INSERT INTO balances SELECT i, 0 FROM generate_series(1, 20) i");
        await using (var connection = await Cluster.Router.OpenConnectionAsync())
        {
            await using var write = new NpgsqlCommand("BEGIN; UPDATE balances SET n = 1; INSERT INTO journal VALUES (1); COMMIT", connection);
            var committing = write.ExecuteNonQueryAsync();
            while (await Cluster.Nodes[1].ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts") == 0)
                await Task.Delay(20);
            await Task.Delay(200);
            await Cluster.KillRouterAsync();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => committing);
        }

        await Cluster.RestartRouterAsync();
        await NoPreparedTransactionIsLeftAsync(1);
        var journal = await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM journal");
        Assert.Equal(20 * journal, await Cluster.Router.ScalarAsync<long>("SELECT sum(n) FROM balances"));
    }

    /// <summary>Updates one after another until the connection breaks; returns how many were confirmed.</summary>
    private async Task<int> UpdateUntilCutOffAsync(SemaphoreSlim firstDone)
    {
        var confirmed = 0;
        try
        {
            await using var connection = await Cluster.Router.OpenConnectionAsync();
            await using var command = new NpgsqlCommand("UPDATE counters SET n = n + 1", connection);
            while (true)
            {
                Assert.Equal(Rows, await command.ExecuteNonQueryAsync());
                confirmed++;
                if (confirmed == 1)
                    firstDone.Release();
            }
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            return confirmed;
        }
        catch (PostgresException e)
        {
            firstDone.Release();
            throw new InvalidOperationException($"An update failed before the router was killed: {e.SqlState} {e.MessageText}", e);
        }
    }

    private async Task NoPreparedTransactionIsLeftAsync(int round)
    {
        using var late = new CancellationTokenSource(RecoveryLimit);
        while (true)
        {
            var left = new List<string>();
            foreach (var node in Cluster.Nodes)
                left.AddRange(await node.ColumnAsync<string>("SELECT gid FROM pg_prepared_xacts"));
            if (left.Count == 0)
                return;
            Assert.False(late.IsCancellationRequested, $"Round {round}: left after {RecoveryLimit.TotalSeconds} s: {string.Join(", ", left)}\n{Cluster.Log}");
            await Task.Delay(100, CancellationToken.None);
        }
    }
}
