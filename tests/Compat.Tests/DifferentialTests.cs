using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>Every script of cases/ gives the same answers on one plain PostgreSQL and on a cluster.</summary>
public abstract class DifferentialTests(CompatServers servers, ProtocolMode mode)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Scripts() => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_gives_the_same_answers(string script)
    {
        var findings = await ScriptRun.RunAsync(await servers.PlainAndClusterAsync(), "compat_" + script, ScriptParser.Parse(Cases.Read(script)), mode, Limit);
        var news = findings.Where(f => !KnownDifferences.Contains(script, f)).ToList();
        Assert.True(news.Count == 0, $"{script} ({mode}): {news.Count} new differences\n" + string.Join("\n", news.Select(f => KnownDifferences.Line(script, f) + "\n" + f)));
    }
}

/// <summary>Each statement is sent as one message.</summary>
[Collection(CompatCollection.Name)]
public sealed class SimpleQueries(CompatServers servers) : DifferentialTests(servers, ProtocolMode.Simple);

/// <summary>Each statement is parsed, bound and executed.</summary>
[Collection(ExtendedCollection.Name)]
public sealed class ExtendedQueries(CompatServers servers) : DifferentialTests(servers, ProtocolMode.Extended);
