using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>Scripts give the same answers where each session comes to another router of the cluster than the one before it. COMPAT_ROUTERS=all runs all of them that way.</summary>
[Collection(CompatCollection.Name)]
public sealed class TwoRoutersTests(CompatServers servers)
{
    public static TheoryData<string, ProtocolMode> Scripts() => ChosenScripts.InBothModes("COMPAT_ROUTERS");

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_gives_the_same_answers_through_two_routers(string script, ProtocolMode mode) =>
        await SameAnswers.RequireAsync(await servers.PlainAndTwoRoutersAsync(), script, mode, TimeSpan.FromSeconds(120));
}
