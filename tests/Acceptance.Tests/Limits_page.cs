using System.Text.RegularExpressions;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>docs/limits.md is true: every statement of its tables ends with the SQLSTATE beside it.</summary>
public sealed partial class Limits_page(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Every_statement_is_refused_as_the_page_says()
    {
        var page = Repository.Read("docs/limits.md");
        var router = fixture.Cluster.Router;
        foreach (var statement in Setup().Match(page).Groups["sql"].Value.Split(";\n", StringSplitOptions.RemoveEmptyEntries))
            await router.ExecuteAsync(statement);

        var refusals = Refusal().Matches(page);
        Assert.True(refusals.Count >= 10, "The page has lost its tables.");
        var wrong = new List<string>();
        foreach (Match refusal in refusals)
        {
            var (sql, expected) = (refusal.Groups["sql"].Value.Replace(@"\|", "|"), refusal.Groups["state"].Value);
            var error = await Record.ExceptionAsync(() => router.ExecuteAsync(sql));
            var state = (error as PostgresException)?.SqlState ?? error?.Message ?? "no error";
            if (state != expected)
                wrong.Add($"{sql}: {state}, the page says {expected}");
        }

        Assert.Empty(wrong);
    }

    [GeneratedRegex(@"```sql\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Setup();

    [GeneratedRegex(@"^\| `(?<sql>.+?)` \| (?<state>\w{5}) \|", RegexOptions.Multiline)]
    private static partial Regex Refusal();
}
