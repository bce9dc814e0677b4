using System.Text.RegularExpressions;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>docs/limits.md is true: every statement of its tables ends with the SQLSTATE beside it, and leaves nothing behind.</summary>
public sealed partial class LimitsTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Every_statement_of_the_page_is_refused_as_it_says()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "limits.md"));
        var router = fixture.Cluster.Router;
        foreach (var statement in Setup().Match(page).Groups[1].Value.Split(";\n", StringSplitOptions.RemoveEmptyEntries))
            await router.ExecuteAsync(statement);

        var refusals = Refusal().Matches(page);
        Assert.NotEmpty(refusals);
        foreach (Match refusal in refusals)
        {
            var (sql, expected) = (refusal.Groups[1].Value, refusal.Groups[2].Value);
            var error = await Record.ExceptionAsync(() => router.ExecuteAsync(sql));
            Assert.Equal($"{expected} {sql}", $"{(error as PostgresException)?.SqlState ?? error?.Message ?? "nothing"} {sql}");
        }
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tangelo.slnx")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Setup();

    [GeneratedRegex(@"^\| `(.+?)` \| (\w{5}) \|", RegexOptions.Multiline)]
    private static partial Regex Refusal();
}
