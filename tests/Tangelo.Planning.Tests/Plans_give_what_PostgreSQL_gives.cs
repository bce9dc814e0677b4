using Npgsql;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Tests.Oracle;

namespace Tangelo.Planning.Tests;

public sealed class Plans_give_what_PostgreSQL_gives(OracleDatabase database) : IClassFixture<OracleDatabase>
{
    [Theory]
    [InlineData("one_shard.sql")]
    [InlineData("every_shard.sql")]
    [InlineData("joins.sql")]
    [InlineData("aggregates.sql")]
    [InlineData("statistics.sql")]
    [InlineData("sorted_rows.sql")]
    [InlineData("rows_up.sql")]
    [InlineData("subqueries.sql")]
    [InlineData("views.sql")]
    [InlineData("recursive.sql")]
    [InlineData("loopback.sql")]
    public async Task Queries(string file)
    {
        var failures = new List<string>();
        foreach (var test in CaseFile.Read(file))
            failures.AddRange(await TryAsync(test, () => CompareQueryAsync(test)));
        Assert.True(failures.Count == 0, $"{failures.Count} failures\n\n{string.Join("\n\n", failures)}");
    }

    [Fact]
    public async Task Joins_of_large_tables()
    {
        var failures = new List<string>();
        foreach (var test in CaseFile.Read("repartition.sql"))
            failures.AddRange(await TryAsync(test, () => CompareQueryAsync(test, 1_000_000)));
        Assert.True(failures.Count == 0, $"{failures.Count} failures\n\n{string.Join("\n\n", failures)}");
    }

    [Theory]
    [InlineData("updates.sql")]
    [InlineData("inserts.sql")]
    public async Task Writes(string file)
    {
        var failures = new List<string>();
        foreach (var test in CaseFile.Read(file))
            failures.AddRange(await TryAsync(test, () => CompareWriteAsync(test)));
        Assert.True(failures.Count == 0, $"{failures.Count} failures\n\n{string.Join("\n\n", failures)}");
    }

    private static async Task<List<string>> TryAsync(Case test, Func<Task<string?>> run)
    {
        try
        {
            return await run() is { } failure ? [$"{test.Sql}\n  {failure}"] : [];
        }
        catch (Exception e) when (e is PostgresException or PgException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            var where = e is PostgresException ? "" : e.StackTrace;
            return [$"{test.Sql}\n  {e.Message}\n{where}"];
        }
    }

    private async Task<string?> CompareQueryAsync(Case test, double? tableRows = null)
    {
        var plan = await database.PlanAsync(test.Sql, tableRows);
        if (!PlanKinds.Match(plan, test.Kind))
            return $"expected {test.Kind}:\n{PlanPrinter.Print(plan)}";
        var ordered = test.Sql.Contains("ORDER BY", StringComparison.Ordinal) && plan is CombinePlan;
        var expected = Lines(await database.RowsAsync(test.Sql), ordered);
        var actual = Lines(await new PlanRunner(database).RunAsync(plan), ordered);
        if (!expected.SequenceEqual(actual))
            return $"expected {expected.Count} rows: {Head(expected)}\n  got {actual.Count}: {Head(actual)}\n{PlanPrinter.Print(plan)}";
        if (plan is CombinePlan combine)
            return await CompareColumnsAsync(test.Sql, combine);
        return null;
    }

    private async Task<string?> CompareColumnsAsync(string sql, CombinePlan plan)
    {
        await database.ExecuteAsync($"CREATE TEMPORARY TABLE typed ({string.Join(", ", plan.Columns.Select(c => c.Name))}) AS SELECT * FROM ({plan.DescribeSql}) AS q WITH NO DATA");
        try
        {
            var expected = await database.ColumnsAsync(sql);
            var actual = await database.ColumnsAsync(plan.CombineSql.Replace(CombinePlan.SourceMarker, "typed", StringComparison.Ordinal));
            return expected.SequenceEqual(actual)
                ? null
                : $"expected columns {string.Join(", ", expected)}\n  got {string.Join(", ", actual)}\n{PlanPrinter.Print(plan)}";
        }
        finally
        {
            await database.ExecuteAsync("DROP TABLE typed");
        }
    }

    private async Task<string?> CompareWriteAsync(Case test)
    {
        Plan plan;
        try
        {
            plan = await database.PlanAsync(test.Sql);
        }
        catch (PgException e)
        {
            return $"error {e.Code}" == test.Kind ? null : $"expected {test.Kind}, got {e.Code} {e.Message}";
        }

        if (!PlanKinds.Match(plan, test.Kind))
            return $"expected {test.Kind}:\n{PlanPrinter.Print(plan)}";
        if (plan is CoordinatorPlan)
            return null;

        await using var transaction = await database.Connection.BeginTransactionAsync();
        await database.RowsAsync("SELECT setval('items_seq', 5000)");
        var actual = Lines(await new PlanRunner(database).RunAsync(plan), false);
        foreach (var table in database.Map.Tables)
            actual.AddRange(await ShardsAsync(table));
        await database.RowsAsync("SELECT setval('items_seq', 5000)");
        var expected = Lines(await database.RowsAsync(test.Sql), false);
        foreach (var table in database.Map.Tables)
            expected.AddRange(Lines(await database.RowsAsync($"SELECT '{table.Name}', * FROM {table.Name}"), false));
        await transaction.RollbackAsync();
        if (expected.SequenceEqual(actual))
            return null;
        return $"expected {Head(expected.Except(actual))}\n  got {Head(actual.Except(expected))}\n{PlanPrinter.Print(plan)}";
    }

    // A row on a shard that is not its own shows as such.
    private async Task<List<string>> ShardsAsync(DistributedTable table)
    {
        var rows = new List<string?[]>();
        foreach (var shard in table.Shards)
        {
            var label = table.IsReference
                ? $"'{table.Name}'"
                : $"CASE WHEN {OracleDatabase.HashOf(table.DistributionColumn!)} BETWEEN {shard.MinHash} AND {shard.MaxHash} THEN '{table.Name}' ELSE 'misplaced' END";
            rows.AddRange(await database.RowsAsync($"SELECT {label}, * FROM {table.Name}_{shard.Id}"));
        }

        return Lines(rows, false);
    }

    private static List<string> Lines(List<string?[]> rows, bool ordered)
    {
        var lines = rows.Select(r => string.Join(" | ", r.Select(v => v ?? "NULL")));
        return ordered ? [.. lines] : [.. lines.Order(StringComparer.Ordinal)];
    }

    private static string Head(IEnumerable<string> lines) => string.Join("  //  ", lines.Take(6));
}
