using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>What every script has to pass.</summary>
internal static class SameAnswers
{
    /// <summary>A script of cases/ gives the same answers on both servers, but for the differences that are known. A failure says how those would be listed.</summary>
    public static async Task RequireAsync(ServerPair servers, string script, ProtocolMode mode, TimeSpan limit)
    {
        var findings = await ScriptRun.RunAsync(servers, "compat_" + script, ScriptParser.Parse(Cases.Read(script)), mode, limit);
        var news = findings.Where(f => !KnownDifferences.Contains(script, f)).ToList();
        Assert.True(news.Count == 0, $"{script} ({mode}): {news.Count} new differences\n" + string.Join("\n", news.Select(f => KnownDifferences.Line(script, f) + "\n" + f)));
    }
}
