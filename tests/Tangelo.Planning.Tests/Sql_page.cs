using System.Text.RegularExpressions;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Tests.Oracle;

namespace Tangelo.Planning.Tests;

/// <summary>docs/sql.md is true: every statement of its tables runs as the page says, and every query gives PostgreSQL's rows.</summary>
public sealed partial class Sql_page(OracleDatabase database) : IClassFixture<OracleDatabase>
{
    [Fact]
    public async Task Every_statement_runs_as_the_page_says()
    {
        var statements = Statement().Matches(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "sql.md")));
        Assert.True(statements.Count >= 40, "The page has lost its tables.");
        var wrong = new List<string>();
        foreach (Match statement in statements)
        {
            var sql = statement.Groups["sql"].Value.Replace(@"\|", "|");
            var plan = await database.PlanAsync(sql);
            if (Strategy(plan) != statement.Groups["strategy"].Value)
                wrong.Add($"{sql}: {Strategy(plan)}, the page says {statement.Groups["strategy"].Value}\n{PlanPrinter.Print(plan)}");
            else if (!Writes(sql) && !(await RowsAsync(database.RowsAsync(sql))).SequenceEqual(await RowsAsync(new PlanRunner(database).RunAsync(plan))))
                wrong.Add($"{sql}: other rows\n{PlanPrinter.Print(plan)}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    // What writes leave behind is compared in Plans_give_what_PostgreSQL_gives.
    private static bool Writes(string sql) => !sql.StartsWith("SELECT", StringComparison.Ordinal) && !sql.StartsWith("WITH", StringComparison.Ordinal);

    private static string Strategy(Plan plan) => PlanKinds.Of(plan) switch
    {
        "router" or "none" => "one shard",
        "some" => "some shards",
        "all" => "every shard",
        "reference" => "a copy",
        "loopback" => "coordinator",
        "recursive" or "repartitioned" or "repartitioned all" => "in parts",
        var kind => kind,
    };

    private static async Task<List<string>> RowsAsync(Task<List<string?[]>> rows) =>
        [.. (await rows).Select(r => string.Join(" | ", r.Select(v => v ?? "NULL"))).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^\| `(?<sql>.+?)` \| (?<strategy>[a-z ]+) \|", RegexOptions.Multiline)]
    private static partial Regex Statement();
}
