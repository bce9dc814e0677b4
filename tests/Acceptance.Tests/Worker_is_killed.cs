using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>A worker dies in the middle of something and comes back.</summary>
[Collection(AloneCollection.Name)]
public sealed class Worker_is_killed(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const int Rows = 200;

    private static readonly TimeSpan ReturnLimit = TimeSpan.FromSeconds(30);

    private TestCluster Cluster => fixture.Cluster;

    public async Task InitializeAsync()
    {
        await Cluster.Router.ExecuteAsync("DROP TABLE IF EXISTS items");
        await Cluster.Router.ExecuteAsync("CREATE TABLE items (id int PRIMARY KEY, v int NOT NULL)");
        await Cluster.Router.ExecuteAsync("SELECT create_distributed_table('items', 'id')");
        await Cluster.Router.ExecuteAsync($"INSERT INTO items SELECT i, 0 FROM generate_series(1, {Rows}) i");

        // The planner knows the table's size from now on. It does without where a node cannot tell.
        await Cluster.Router.ExecuteAsync("SELECT count(*) FROM items a JOIN items b ON a.v = b.id");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_statement_that_runs_there_fails_and_names_the_node()
    {
        // A row that somebody holds on the worker keeps the statement there.
        var shard = (await Cluster.Nodes[1].ColumnAsync<string>(@"SELECT tablename::text FROM pg_tables WHERE tablename LIKE 'items\_1%' ORDER BY 1"))[0];
        await using var holder = await Cluster.Nodes[1].OpenConnectionAsync();
        await using var holding = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"LOCK TABLE {shard} IN EXCLUSIVE MODE", holder, holding))
            await hold.ExecuteNonQueryAsync();

        var statement = Cluster.Router.ExecuteAsync("UPDATE items SET v = v + 1");
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        Assert.False(statement.IsCompleted, "The statement should have waited.");
        await Cluster.KillNodeAsync(1);
        var error = await Assert.ThrowsAsync<PostgresException>(() => statement);
        Assert.Contains($"{Cluster.WorkerPorts[0]}", $"{error.MessageText} {error.Detail}");
        await ServedAgainAsync();
        Assert.Equal(0L, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM items"));
    }

    public static TheoryData<string> Statements =>
    [
        "SELECT sum(v) FROM items",
        "SELECT * FROM items ORDER BY v, id",
        "SELECT count(*) FROM items a JOIN items b ON a.v = b.id",
        "DELETE FROM items",
        "INSERT INTO items SELECT id + 1000, v FROM items",
        "INSERT INTO items SELECT v + 1000, id FROM items WHERE id < 50",
        "WITH gone AS (DELETE FROM items RETURNING id) SELECT count(*) FROM gone",
        "DO $$ BEGIN UPDATE items SET v = v + 1; END $$",
        "ALTER TABLE items ADD COLUMN w int",
        "CREATE INDEX items_v ON items (v)",
        "TRUNCATE items",
        "COPY items TO STDOUT",
        "SELECT undistribute_table('items')",
        "COPY items FROM STDIN",
    ];

    [Theory]
    [MemberData(nameof(Statements))]
    public async Task Every_kind_of_statement_fails_and_names_the_node_and_changes_nothing(string sql)
    {
        // One shard is held, so that the statement is there when the server dies.
        var shard = (await Cluster.Nodes[1].ColumnAsync<string>(@"SELECT tablename::text FROM pg_tables WHERE tablename LIKE 'items\_1%' ORDER BY 1"))[0];
        await using var holder = await Cluster.Nodes[1].OpenConnectionAsync();
        await using var holding = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"LOCK TABLE {shard} IN ACCESS EXCLUSIVE MODE", holder, holding))
            await hold.ExecuteNonQueryAsync();

        var statement = RunAsync(sql);
        await Task.Delay(TimeSpan.FromMilliseconds(700));
        Assert.False(statement.IsCompleted, "The statement should have waited.");
        await Cluster.KillNodeAsync(1);
        var error = await Assert.ThrowsAsync<PostgresException>(() => statement.WaitAsync(ReturnLimit));
        Assert.Contains($"{Cluster.WorkerPorts[0]}", $"{error.MessageText} {error.Detail} {error.Where}");
        await ServedAgainAsync();
        Assert.Equal(0L, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM items"));
        Assert.Equal(2L, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM pg_attribute WHERE attrelid = 'items'::regclass AND attnum > 0 AND NOT attisdropped"));
        Assert.Equal(1L, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = 'items'::regclass"));
        Assert.Empty(await Cluster.PreparedAsync());
    }

    private async Task RunAsync(string sql)
    {
        if (!sql.StartsWith("COPY", StringComparison.Ordinal))
        {
            await Cluster.Router.ExecuteAsync(sql);
            return;
        }

        await using var connection = await Cluster.Router.OpenConnectionAsync();
        if (sql.EndsWith("STDOUT", StringComparison.Ordinal))
        {
            using var reader = await connection.BeginTextExportAsync(sql);
            await reader.ReadToEndAsync();
            return;
        }

        await using var writer = await connection.BeginTextImportAsync(sql);
        for (var id = 1001; id <= 2000; id++)
            await writer.WriteAsync($"{id}\t{id}\n");
    }

    [Fact]
    public async Task A_transaction_that_wrote_there_is_rolled_back_everywhere()
    {
        await using (var connection = await Cluster.Router.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var update = new NpgsqlCommand("UPDATE items SET v = v + 1", connection, transaction);
            Assert.Equal(Rows, await update.ExecuteNonQueryAsync());
            await Cluster.KillNodeAsync(1);
            var error = await Assert.ThrowsAsync<PostgresException>(() => update.ExecuteNonQueryAsync());
            Assert.Contains($"{Cluster.WorkerPorts[0]}", $"{error.MessageText} {error.Detail}");
            await transaction.RollbackAsync();
        }
        await ServedAgainAsync();
        Assert.Equal(0L, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM items"));
    }

    [Fact]
    public async Task A_commit_that_cannot_reach_it_changes_nothing()
    {
        await using (var connection = await Cluster.Router.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var update = new NpgsqlCommand("UPDATE items SET v = v + 1", connection, transaction);
            await update.ExecuteNonQueryAsync();
            await Cluster.KillNodeAsync(1);
            await Assert.ThrowsAsync<PostgresException>(() => transaction.CommitAsync());
        }
        await ServedAgainAsync();
        Assert.Equal(0L, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM items"));
        Assert.Empty(await Cluster.PreparedAsync());
    }

    /// <summary>The same router answers over every shard soon after the worker is back.</summary>
    private async Task ServedAgainAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Assert.Equal(Rows, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM items"));
                Assert.Equal(Rows, await Cluster.Router.ExecuteAsync("UPDATE items SET v = v"));
                return;
            }
            catch (NpgsqlException) when (waiting.Elapsed < ReturnLimit)
            {
                await Task.Delay(200);
            }
        }
    }
}
