using System.Text;
using System.Text.RegularExpressions;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>The README's tour, pasted into psql on a new cluster, answers what the README says.</summary>
public sealed partial class Readme_tour(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Separator = "@@ next block";

    [Fact]
    public async Task Pasted_block_by_block_it_gives_the_answers_beside_the_blocks()
    {
        var blocks = Blocks().ToList();
        Assert.True(blocks.Count >= 10, "The tour has lost its blocks.");
        var script = new StringBuilder();
        foreach (var (sql, _) in blocks)
            script.Append(sql).Append("\n\\echo ").Append(Separator).Append('\n');
        var run = await fixture.Psql.RunAsync(script.ToString(), []);

        var outputs = run.Output.Split(Separator);
        for (var i = 0; i < blocks.Count; i++)
            Assert.Equal(Rows(blocks[i].Answer), Rows(outputs[i]));
        Assert.Equal(Messages(string.Join('\n', blocks.Select(b => b.Answer))), Messages(run.Errors));
    }

    /// <summary>Every sql block of the tour with the block of answers after it.</summary>
    private static IEnumerable<(string Sql, string Answer)> Blocks()
    {
        var text = Repository.Read("README.md");
        return SqlThenAnswer().Matches(text).Select(m => (m.Groups["sql"].Value, m.Groups["answer"].Value));
    }

    private static IEnumerable<string> Rows(string text) => Lines(text).Where(l => !Message().IsMatch(l));

    private static IEnumerable<string> Messages(string text) => Lines(text).Where(l => Message().IsMatch(l));

    // Ports, shard ids, times and costs differ from run to run, and the width of columns with them.
    private static IEnumerable<string> Lines(string text) => text.Split('\n')
        .Select(l => Blanks().Replace(Rules().Replace(Numbers().Replace(Place().Replace(l, ""), "#"), "-"), " ").Trim())
        .Where(l => l.Length > 0);

    [GeneratedRegex(@"```sql\n(?<sql>.*?)```\s+```\n(?<answer>.*?)```", RegexOptions.Singleline)]
    private static partial Regex SqlThenAnswer();

    [GeneratedRegex("^(ERROR|DETAIL|HINT|NOTICE|WARNING|CONTEXT|LINE #): ")]
    private static partial Regex Message();

    [GeneratedRegex(@"^psql:<stdin>:\d+: ")]
    private static partial Regex Place();

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Numbers();

    [GeneratedRegex("-{2,}")]
    private static partial Regex Rules();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
