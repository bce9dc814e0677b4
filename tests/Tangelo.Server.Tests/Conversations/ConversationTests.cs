namespace Tangelo.Server.Tests.Conversations;

/// <summary>Every conversation of cases/ goes the same way with a plain PostgreSQL and with the router, whatever its table is there.</summary>
[Collection(ServersCollection.Name)]
public sealed class ConversationTests(Servers servers)
{
    public static TheoryData<string, TableKind> Cases()
    {
        var data = new TheoryData<string, TableKind>();
        foreach (var name in Conversation.Names)
            foreach (var kind in Enum.GetValues<TableKind>())
                data.Add(name, kind);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_router_answers_as_PostgreSQL_does(string name, TableKind kind)
    {
        var conversation = Conversation.Read(name);
        var schema = "conv_" + name;
        var plain = await ConversationRun.RunAsync(servers.Plain, conversation, schema, TableKind.Local);
        var router = await ConversationRun.RunAsync(servers.Router, conversation, schema, kind);
        var difference = Difference(plain, router);
        if (conversation.Differs.TryGetValue(kind.ToString().ToLowerInvariant(), out var reason))
            Assert.True(difference is not null, $"Nothing differs any more: {reason}");
        else
            Assert.True(difference is null, $"{name} ({kind})\n{difference}");
    }

    /// <summary>Every round whose answers differ, or null when none does.</summary>
    private static string? Difference(List<string> plain, List<string> router)
    {
        var differences = Rounds(plain).Zip(Rounds(router)).Where(pair => pair.First != pair.Second)
            .Select(pair => $"PostgreSQL:\n{pair.First}router:\n{pair.Second}").ToList();
        if (Rounds(plain).Count() != Rounds(router).Count())
            differences.Add("One conversation ends before the other.");
        return differences.Count == 0 ? null : string.Join('\n', differences);
    }

    /// <summary>A text for each round: its messages, which are indented, and the answers.</summary>
    private static IEnumerable<string> Rounds(List<string> lines)
    {
        var round = "";
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0 && lines[i].StartsWith(' ') && !lines[i - 1].StartsWith(' '))
            {
                yield return round;
                round = "";
            }

            round += lines[i] + "\n";
        }

        yield return round;
    }
}
