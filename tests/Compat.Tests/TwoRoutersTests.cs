using Tangelo.Compat.Tests.Comparison;
using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>Scripts give the same answers where each session comes to another router of the cluster than the one before it. COMPAT_ROUTERS=all runs all of them that way.</summary>
[Collection(CompatCollection.Name)]
public sealed class TwoRoutersTests(CompatServers servers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    // Several sessions, or what one router has to tell the others: the schema, roles, locks, transactions.
    private static readonly string[] Chosen =
    [
        "batches", "cursors", "errors", "isolation_levels", "permissions", "policies_settings", "prepared", "session_users", "sessions", "settings", "temporary", "transactions",
    ];

    public static TheoryData<string, ProtocolMode> Scripts()
    {
        var all = Environment.GetEnvironmentVariable("COMPAT_ROUTERS") == "all";
        var data = new TheoryData<string, ProtocolMode>();
        foreach (var name in Cases.Names.Where(n => all || Chosen.Contains(n)))
        {
            data.Add(name, ProtocolMode.Simple);
            data.Add(name, ProtocolMode.Extended);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_gives_the_same_answers_through_two_routers(string script, ProtocolMode mode)
    {
        var findings = await ScriptRun.RunAsync(await servers.PlainAndTwoRoutersAsync(), "compat_" + script, ScriptParser.Parse(Cases.Read(script)), mode, Limit);
        var news = findings.Where(f => !KnownDifferences.Contains(script, f)).ToList();
        Assert.True(news.Count == 0, $"{script} ({mode}): {news.Count} differences\n" + string.Join("\n", news));
    }

    [Fact]
    public void The_chosen_scripts_are_there() => Assert.Empty(Chosen.Except(Cases.Names));
}
