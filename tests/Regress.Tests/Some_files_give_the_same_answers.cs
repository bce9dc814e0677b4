using Tangelo.Regress.Comparing;
using Tangelo.Regress.Reporting;
using Tangelo.Regress.Running;

namespace Tangelo.Regress.Tests;

/// <summary>The short form: a few of PostgreSQL's files that take seconds, in both modes.</summary>
public sealed class Some_files_give_the_same_answers
{
    private static readonly Options Files = new([], ["boolean", "int4", "select", "select_distinct", "union", "returning", "delete", "prepare", "jsonb_jsonpath"], null, null);

    [RegressionFact]
    public Task With_local_tables() => AssertSameAsync(Mode.Local);

    [RegressionFact]
    public Task With_distributed_tables() => AssertSameAsync(Mode.Distributed);

    private static async Task AssertSameAsync(Mode mode)
    {
        var results = await RegressionRun.RunAsync(Sources.Find()!, mode, Files, TimeSpan.FromSeconds(90), TextWriter.Null);
        var worst = results.Where(r => Files.Files.Contains(r.File)).ToList();
        Assert.Equal(Files.Files.Length, worst.Count);
        Assert.True(
            worst.TrueForAll(r => r.Same == r.Counted),
            string.Concat(worst.Select(DetailsText.Write)));
        Assert.All(results, r => Assert.Equal(0, r.Count(Verdict.Rows)));
    }
}
