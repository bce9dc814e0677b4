using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>
/// Scripts give the same answers where the router has few links and lends them, while other clients use the same links. COMPAT_LENT=all runs all of them that way.
/// </summary>
[Collection(CompatCollection.Name)]
public sealed class LentLinksTests(CompatServers servers)
{
    public static TheoryData<string, ProtocolMode> Scripts() => ChosenScripts.InBothModes("COMPAT_LENT");

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_gives_the_same_answers_on_lent_links(string script, ProtocolMode mode)
    {
        var pair = await servers.PlainAndLendingAsync();
        await using var strangers = await Strangers.ComeAsync(pair.Cluster, CompatServers.Links + 1);
        await SameAnswers.RequireAsync(pair, script, mode, TimeSpan.FromSeconds(120));
        await strangers.CheckAsync();
    }
}
