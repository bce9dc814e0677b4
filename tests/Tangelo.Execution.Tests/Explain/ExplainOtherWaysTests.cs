namespace Tangelo.Execution.Tests.Explain;

/// <summary>EXPLAIN of prepared statements and of row locks.</summary>
public sealed class ExplainOtherWaysTests(ExplainFixture cluster) : IClassFixture<ExplainFixture>
{
    private const string ByPlace = "SELECT id FROM people JOIN places ON place = age ORDER BY id LIMIT 2 FOR UPDATE";

    [Theory]
    [InlineData("SELECT count(*) FROM people WHERE age > $1", "Aggregate")]
    [InlineData("SELECT name FROM people WHERE id = $1", "Custom Scan (Citus Adaptive)")]
    [InlineData("UPDATE people SET age = age WHERE id = $1", "Custom Scan (Citus Adaptive)")]
    [InlineData("INSERT INTO people SELECT id + 100000 FROM people WHERE id < $1", "Custom Scan (Citus INSERT ... SELECT)")]
    public async Task EXECUTE_shows_the_plan_of_the_prepared_statement(string sql, string top)
    {
        await using var connection = await cluster.Router.OpenConnectionAsync();
        await ExplainFixture.ReadAsync(connection, $"PREPARE p (int) AS {sql}");
        Assert.Equal(top, (await ExplainFixture.ReadAsync(connection, "EXPLAIN (COSTS off) EXECUTE p(2 + 3)"))[0]);
        await ExplainFixture.ReadAsync(connection, "DEALLOCATE p");
    }

    [Theory]
    [InlineData("SELECT id FROM people ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED", "places")]
    [InlineData(ByPlace + " SKIP LOCKED", "keys")]
    [InlineData(ByPlace + " NOWAIT", "keys")]
    public async Task Row_locks_show_how_they_are_taken(string sql, string by)
    {
        foreach (var options in new[] { "COSTS off", "ANALYZE, COSTS off, TIMING off, SUMMARY off" })
        {
            var lines = await cluster.ReadAsync($"EXPLAIN ({options}) {sql}");
            Assert.StartsWith("Custom Scan (Tangelo LockRows)", lines[0]);
            Assert.Equal($"  Method: rows found first, locked by their {by}", lines[1]);
        }

        foreach (var format in new[] { "json", "xml", "yaml" })
            Assert.Contains("Tangelo LockRows", (await cluster.ReadAsync($"EXPLAIN (ANALYZE, VERBOSE, BUFFERS, FORMAT {format}) {sql}"))[0]);
    }

    [Fact]
    public async Task ANALYZE_takes_the_locks_and_EXPLAIN_alone_takes_none()
    {
        await using var one = await cluster.Router.OpenConnectionAsync();
        await using var other = await cluster.Router.OpenConnectionAsync();
        foreach (var (analyze, free) in new[] { ("false", "2"), ("true", "0") })
        {
            await using var transaction = await one.BeginTransactionAsync();
            await ExplainFixture.ReadAsync(one, $"EXPLAIN (ANALYZE {analyze}) {ByPlace}");
            var rows = await ExplainFixture.ReadAsync(other, $"SELECT id FROM people WHERE id IN ({string.Join(", ", await cluster.ReadAsync(ByPlace.Replace(" FOR UPDATE", "")))}) FOR UPDATE SKIP LOCKED");
            Assert.Equal(free, rows.Count.ToString());
        }
    }
}
