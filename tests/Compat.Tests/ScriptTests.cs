using Tangelo.Compat.Tests.Comparison;
using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>What the scripts of cases/ have to be.</summary>
[Collection(CompatCollection.Name)]
public sealed class ScriptTests(CompatServers servers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>What differs between two plain servers is not determined by its statement and has to leave the script.</summary>
    [Fact]
    public async Task The_scripts_themselves_are_determined()
    {
        var found = new List<string>();
        foreach (var script in Cases.Names)
        {
            // Both servers are plain: nothing is for a cluster, and what is for a plain server is for both.
            ScriptStep[] steps =
            [
                .. ScriptParser.Parse(Cases.Read(script)).SelectMany(step => step switch
                {
                    OneSided { OnCluster: true } => [],
                    OneSided plain => [plain, plain with { OnCluster = true }],
                    _ => new[] { step },
                }),
            ];
            var findings = await ScriptRun.RunAsync(await servers.TwoPlainAsync(), "compat_" + script, steps, ProtocolMode.Extended, Limit);
            found.AddRange(findings.Where(f => f.Difference.Aspect != Aspect.Known).Select(f => $"{script} {f}"));
        }
        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    [Fact]
    public void There_are_enough_statements()
    {
        var compared = Cases.Names.Sum(name => ScriptParser.Parse(Cases.Read(name)).Sum(step => step switch
        {
            Pipeline pipeline => pipeline.Statements.Count,
            Compared => 1,
            _ => 0,
        }));
        Assert.True(compared >= 300, $"{compared} statements");
    }
}
