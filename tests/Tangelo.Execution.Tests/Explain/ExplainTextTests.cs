using Npgsql;

namespace Tangelo.Execution.Tests.Explain;

/// <summary>FORMAT TEXT.</summary>
public sealed class ExplainTextTests(ExplainFixture cluster) : IClassFixture<ExplainFixture>
{
    [Fact]
    public async Task A_query_of_one_shard_shows_its_only_task()
    {
        var lines = await cluster.ReadAsync("EXPLAIN (COSTS off) SELECT * FROM people WHERE id = 7");
        Assert.Equal(["Custom Scan (Citus Adaptive)", "  Task Count: 1", "  Tasks Shown: All", "  ->  Task"], lines[..4]);
        Assert.Matches(@"^        Node: host=127\.0\.0\.1 port=\d+ dbname=postgres$", lines[4]);
        Assert.Contains(cluster.WorkerPorts, port => lines[4].Contains($"port={port} "));
        Assert.Matches(@"^        ->  .* on people_\d+ people$", lines[5]);
    }

    [Fact]
    public async Task A_query_of_all_shards_shows_one_task_of_them()
    {
        var lines = await cluster.ReadAsync("EXPLAIN SELECT * FROM people");
        Assert.Equal("Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=100000 width=0)", lines[0]);
        Assert.Equal(["  Task Count: 32", "  Tasks Shown: One of 32"], lines[1..3]);
        Assert.Single(lines, l => l.Trim() == "->  Task");
    }

    [Fact]
    public async Task All_tasks_are_shown_on_demand()
    {
        await using var connection = await cluster.Router.OpenConnectionAsync();
        await ExplainFixture.ReadAsync(connection, "SET citus.explain_all_tasks = on");
        var lines = await ExplainFixture.ReadAsync(connection, "EXPLAIN (COSTS off) SELECT * FROM people");
        Assert.Contains("  Tasks Shown: All", lines);
        Assert.Equal(32, lines.Count(l => l == "  ->  Task"));
    }

    [Fact]
    public async Task VERBOSE_shows_output_columns_and_the_statement_of_the_shard()
    {
        var lines = await cluster.ReadAsync("EXPLAIN (VERBOSE, COSTS off) SELECT id, name AS \"Full name\" FROM people WHERE id = 7");
        Assert.Equal("  Output: remote_scan.id, remote_scan.\"Full name\"", lines[1]);
        Assert.Contains(lines, l => l.StartsWith("        Query: SELECT id", StringComparison.Ordinal) && l.Contains("people_10"));
    }

    [Fact]
    public async Task ANALYZE_counts_rows_and_bytes_of_all_tasks()
    {
        var lines = await cluster.ReadAsync("EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT age FROM people");
        Assert.Equal("Custom Scan (Citus Adaptive) (actual rows=100 loops=1)", lines[0]);
        Assert.Equal("  Tuple data received from nodes: 100 bytes", lines[2]);
        Assert.Contains(lines, l => l.StartsWith("        Tuple data received from node: ", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("            Execution Time: ", StringComparison.Ordinal));
        Assert.StartsWith("Planning Time: ", lines[^2]);
        Assert.StartsWith("Execution Time: ", lines[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("VERBOSE, ")]
    [InlineData("ANALYZE, TIMING off, ")]
    public async Task The_combining_plan_stands_above_the_tasks(string options)
    {
        var lines = await cluster.ReadAsync($"EXPLAIN ({options}COSTS off) SELECT age, count(*) FROM people GROUP BY age ORDER BY 2");
        Assert.DoesNotContain("Custom Scan", lines[0]);
        Assert.Single(lines, l => l.TrimStart().StartsWith("->  Custom Scan (Citus Adaptive)", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Trim() == "Task Count: 32");
        Assert.DoesNotContain(lines, l => l.Contains("tangelo"));
    }

    [Fact]
    public async Task Parameters_choose_the_shard()
    {
        var lines = await cluster.ReadAsync("EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT name FROM people WHERE id = $1 AND age >= $2", 7L, 0);
        Assert.Contains("  Task Count: 1", lines);
        Assert.Equal("Custom Scan (Citus Adaptive) (actual rows=1 loops=1)", lines[0]);
    }

    [Fact]
    public async Task SETTINGS_BUFFERS_and_WAL_are_those_of_the_nodes()
    {
        await using var connection = await cluster.Router.OpenConnectionAsync();
        await ExplainFixture.ReadAsync(connection, "SET work_mem = '7MB'");
        var lines = await ExplainFixture.ReadAsync(
            connection, "EXPLAIN (ANALYZE, SETTINGS, BUFFERS, WAL, COSTS off) UPDATE people SET age = age WHERE id = 7");
        Assert.Contains(lines, l => l.Trim() == "Settings: work_mem = '7MB'");
        Assert.Contains(lines, l => l.TrimStart().StartsWith("Buffers: shared", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.TrimStart().StartsWith("WAL: records=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reference_table_has_one_task_for_reading_and_writing()
    {
        foreach (var sql in new[] { "SELECT * FROM places", "UPDATE places SET label = label" })
        {
            var lines = await cluster.ReadAsync("EXPLAIN (COSTS off) " + sql);
            Assert.Contains("  Task Count: 1", lines);
            Assert.Contains("  Tasks Shown: All", lines);
        }
    }

    [Fact]
    public async Task INSERT_of_several_rows_has_a_task_for_each_shard()
    {
        var lines = await cluster.ReadAsync("EXPLAIN (VERBOSE, COSTS off) INSERT INTO people VALUES (901, 'a', 1), (902, 'b', 2)");
        Assert.Contains("  Task Count: 2", lines);
        Assert.Equal(["0"], await cluster.ReadAsync("SELECT count(*) FROM people WHERE id IN (901, 902)"));
    }

    [Fact]
    public async Task INSERT_SELECT_that_moves_rows_shows_its_source()
    {
        var lines = await cluster.ReadAsync("EXPLAIN (COSTS off) INSERT INTO visits (person) SELECT age FROM people WHERE id = 3");
        Assert.Equal("Custom Scan (Citus INSERT ... SELECT)", lines[0]);
        Assert.Equal("  INSERT/SELECT method: pull to coordinator", lines[1]);
        Assert.Equal("  ->  Custom Scan (Citus Adaptive)", lines[2]);
        Assert.Equal("        Task Count: 1", lines[3]);
    }

    [Fact]
    public async Task INSERT_SELECT_between_co_located_tables_runs_on_the_shards()
    {
        var lines = await cluster.ReadAsync("EXPLAIN (COSTS off) INSERT INTO visits SELECT id, 1 FROM people");
        Assert.Equal("Custom Scan (Citus Adaptive)", lines[0]);
        Assert.Contains("  Task Count: 32", lines);
    }

    [Fact]
    public async Task The_coordinator_says_that_it_runs_a_statement_over_the_loopback_and_why()
    {
        var lines = await cluster.ReadAsync(
            "EXPLAIN (COSTS off) SELECT *, random() FROM people p JOIN people q ON p.age = q.age");
        Assert.Matches(@"^Distributed Plan: coordinator over the loopback \(.+\)$", lines[^1]);
    }

    [Theory]
    [InlineData("EXPLAIN (nonsense) SELECT * FROM people", "42601")]
    [InlineData("EXPLAIN (FORMAT nonsense) SELECT * FROM people", "22023")]
    [InlineData("EXPLAIN (TIMING) SELECT * FROM people", "22023")]
    [InlineData("EXPLAIN SELECT nonsense FROM people", "42703")]
    [InlineData("EXPLAIN (ANALYZE) SELECT 1 / (age - age) FROM people", "22012")]
    public async Task Errors_are_PostgreSQLs_own(string sql, string code)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => cluster.ReadAsync(sql));
        Assert.Equal(code, error.SqlState);
    }
}
