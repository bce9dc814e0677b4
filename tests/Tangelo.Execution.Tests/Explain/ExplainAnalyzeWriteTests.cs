namespace Tangelo.Execution.Tests.Explain;

/// <summary>EXPLAIN ANALYZE of a statement that writes runs it exactly once.</summary>
public sealed class ExplainAnalyzeWriteTests(ExplainFixture cluster) : IClassFixture<ExplainFixture>
{
    private const string Analyze = "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) ";

    [Fact]
    public async Task UPDATE_of_all_shards_takes_effect_once()
    {
        await cluster.ExecuteAsync("INSERT INTO people SELECT i, 'updated', 0 FROM generate_series(1001, 1050) i");
        var lines = await cluster.ReadAsync(Analyze + "UPDATE people SET age = age + 1 WHERE name = 'updated'");
        Assert.Equal("Custom Scan (Citus Adaptive) (actual rows=0 loops=1)", lines[0]);
        Assert.Equal(["1"], await cluster.ReadAsync("SELECT DISTINCT age FROM people WHERE name = 'updated'"));
        Assert.Equal(["50"], await cluster.ReadAsync("SELECT count(*) FROM people WHERE name = 'updated' AND age = 1"));
    }

    [Fact]
    public async Task INSERT_of_several_rows_takes_effect_once()
    {
        await cluster.ReadAsync(Analyze + "INSERT INTO visits (person) VALUES (2001), (2002), (2003)");
        Assert.Equal(["3"], await cluster.ReadAsync("SELECT count(*) FROM visits WHERE person BETWEEN 2001 AND 2003"));
    }

    [Fact]
    public async Task INSERT_SELECT_by_way_of_the_router_takes_effect_once()
    {
        var lines = await cluster.ReadAsync(Analyze + "INSERT INTO visits (person) SELECT age + 3000 FROM people WHERE id = 3");
        Assert.Equal("Custom Scan (Citus INSERT ... SELECT) (actual rows=0 loops=1)", lines[0]);
        Assert.Equal(["1"], await cluster.ReadAsync("SELECT count(*) FROM visits WHERE person > 3000"));
    }

    [Fact]
    public async Task A_WITH_query_that_writes_takes_effect_once()
    {
        await cluster.ReadAsync(Analyze + "WITH w AS (UPDATE people SET age = age + 100 WHERE id = 5 RETURNING *) SELECT * FROM w WHERE id = 5");
        Assert.Equal(["105"], await cluster.ReadAsync("SELECT age FROM people WHERE id = 5"));
    }

    [Theory]
    [InlineData("UPDATE places SET label = label || '!' WHERE place = 2")]
    [InlineData("WITH w AS (UPDATE places SET label = label || '!' WHERE place = 2 RETURNING *) SELECT * FROM w")]
    [InlineData("WITH w AS (UPDATE places SET label = label || '!' WHERE place = 2 RETURNING *) SELECT * FROM people, w WHERE id = 1")]
    public async Task Every_replica_of_a_reference_table_is_written_once(string sql)
    {
        await cluster.ExecuteAsync("UPDATE places SET label = 'there' WHERE place = 2");
        await cluster.ReadAsync(Analyze + sql);
        var labels = await cluster.ReadAsync("SELECT result FROM run_command_on_placements('places', 'SELECT label FROM %s WHERE place = 2')");
        Assert.True(labels.Count > 1);
        Assert.All(labels, label => Assert.Equal("there!", label));
    }

    [Fact]
    public async Task RETURNING_counts_the_rows_of_all_shards()
    {
        await cluster.ExecuteAsync("INSERT INTO people SELECT i, 'returned', 0 FROM generate_series(4001, 4020) i");
        var lines = await cluster.ReadAsync(Analyze + "DELETE FROM people WHERE name = 'returned' RETURNING id");
        Assert.Equal("Custom Scan (Citus Adaptive) (actual rows=20 loops=1)", lines[0]);
        Assert.Equal(["0"], await cluster.ReadAsync("SELECT count(*) FROM people WHERE name = 'returned'"));
    }

    [Fact]
    public async Task ROLLBACK_undoes_it()
    {
        await using var connection = await cluster.Router.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await ExplainFixture.ReadAsync(connection, Analyze + "DELETE FROM people WHERE id <= 100");
            Assert.Equal(["0"], await ExplainFixture.ReadAsync(connection, "SELECT count(*) FROM people WHERE id <= 100"));
            await transaction.RollbackAsync();
        }

        Assert.Equal(["100"], await ExplainFixture.ReadAsync(connection, "SELECT count(*) FROM people WHERE id <= 100"));
    }
}
