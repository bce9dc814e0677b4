using System.Text.RegularExpressions;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Tests.Oracle;

namespace Tangelo.Planning.Tests;

/// <summary>docs/plans.md is true: every statement on it has the plan that is printed below it.</summary>
public sealed partial class Plans_page(OracleDatabase database) : IClassFixture<OracleDatabase>
{
    [Fact]
    public async Task Every_statement_has_the_plan_below_it()
    {
        var examples = Example().Matches(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "plans.md")));
        Assert.True(examples.Count >= 10, "The page has lost its examples.");
        var wrong = new List<string>();
        foreach (Match example in examples)
        {
            var plan = PlanPrinter.Print(await database.PlanAsync(example.Groups["sql"].Value.Trim().TrimEnd(';')));
            if (plan != example.Groups["plan"].Value)
                wrong.Add($"{example.Groups["sql"].Value}\n{plan}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [GeneratedRegex(@"```sql\n(?<sql>.+?)\n```\n\n```text\n(?<plan>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
