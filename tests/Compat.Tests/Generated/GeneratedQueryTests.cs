using System.Globalization;
using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests.Generated;

/// <summary>
/// Random queries over distributed, reference and local tables give PostgreSQL's rows. COMPAT_SEED and COMPAT_QUERIES
/// choose others than the default ones; every finding shows its query.
/// </summary>
[Collection(CompatCollection.Name)]
public sealed class GeneratedQueryTests(CompatServers servers)
{
    private const int DefaultSeed = 4711;
    private const int DefaultCount = 150;

    [Fact]
    public Task Random_queries_give_the_same_rows() => CompareAsync(seed => new QueryGenerator(seed).Query());

    [Fact]
    public Task Random_queries_of_richer_kinds_give_the_same_rows() => CompareAsync(seed => new WideQueryGenerator(seed).Query());

    [Fact]
    public Task Random_writes_leave_the_same_rows() => CompareAsync(seed => new WriteGenerator(seed).Script().Replace("; ", ";\n", StringComparison.Ordinal));

    private async Task CompareAsync(Func<int, string> query)
    {
        var seed = FromEnvironment("COMPAT_SEED", DefaultSeed);
        var queries = Enumerable.Range(seed, FromEnvironment("COMPAT_QUERIES", DefaultCount)).Select(s => query(s) + ";");
        var script = GeneratedTable.Script + "\n" + string.Join("\n", queries);
        var findings = await ScriptRun.RunAsync(
            await servers.PlainAndClusterAsync(), "compat_generated", ScriptParser.Parse(script), ProtocolMode.Simple, TimeSpan.FromSeconds(60));
        Assert.True(findings.Count == 0, $"seed {seed}: {findings.Count} differences\n" + string.Join("\n", findings));
    }

    private static int FromEnvironment(string variable, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
