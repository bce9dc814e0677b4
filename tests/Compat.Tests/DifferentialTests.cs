using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>Every script of cases/ gives the same answers on one plain PostgreSQL and on a cluster.</summary>
public abstract class DifferentialTests(CompatServers servers, ProtocolMode mode)
{
    public static TheoryData<string> Scripts() => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_gives_the_same_answers(string script) =>
        await SameAnswers.RequireAsync(await servers.PlainAndClusterAsync(), script, mode, TimeSpan.FromSeconds(60));
}

/// <summary>Each statement is sent as one message.</summary>
[Collection(CompatCollection.Name)]
public sealed class SimpleQueries(CompatServers servers) : DifferentialTests(servers, ProtocolMode.Simple);

/// <summary>Each statement is parsed, bound and executed.</summary>
[Collection(ExtendedCollection.Name)]
public sealed class ExtendedQueries(CompatServers servers) : DifferentialTests(servers, ProtocolMode.Extended);
