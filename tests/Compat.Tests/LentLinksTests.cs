using Tangelo.Compat.Tests.Comparison;
using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>
/// Scripts give the same answers where the router has few links and lends them, while other clients use the same links. COMPAT_LENT=all runs all of them that way.
/// </summary>
[Collection(CompatCollection.Name)]
public sealed class LentLinksTests(CompatServers servers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    // What depends on the session: settings, roles, names, cursors, prepared statements, transactions, functions that call back.
    private static readonly string[] Chosen =
    [
        "batches", "cursors", "errors", "isolation_levels", "permissions", "policies_settings", "prepared", "session_users", "sessions", "settings", "temporary", "transactions",
    ];

    public static TheoryData<string, ProtocolMode> Scripts()
    {
        var all = Environment.GetEnvironmentVariable("COMPAT_LENT") == "all";
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
    public async Task A_script_gives_the_same_answers_on_lent_links(string script, ProtocolMode mode)
    {
        var pair = await servers.PlainAndLendingAsync();
        await using var strangers = await Strangers.ComeAsync(pair.Cluster, CompatServers.Links + 1);
        var findings = await ScriptRun.RunAsync(pair, "compat_" + script, ScriptParser.Parse(Cases.Read(script)), mode, Limit);
        var news = findings.Where(f => !KnownDifferences.Contains(script, f)).ToList();
        Assert.True(news.Count == 0, $"{script} ({mode}): {news.Count} differences\n" + string.Join("\n", news));
        await strangers.CheckAsync();
    }

    [Fact]
    public void The_chosen_scripts_are_there() => Assert.Empty(Chosen.Except(Cases.Names));
}
