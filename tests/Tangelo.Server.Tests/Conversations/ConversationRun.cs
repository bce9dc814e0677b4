using Tangelo.Harness.Wire;

namespace Tangelo.Server.Tests.Conversations;

/// <summary>What the conversation's table is on the cluster.</summary>
public enum TableKind
{
    Local,
    Distributed,
    Reference,
}

/// <summary>Holds a conversation with one server, in a schema of its own.</summary>
internal static class ConversationRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <param name="kind">What to make of the table; Local on a plain server.</param>
    /// <returns>A line per message; the messages sent stand between them, indented.</returns>
    public static async Task<List<string>> RunAsync(ServerAddress server, Conversation conversation, string schema, TableKind kind)
    {
        (string, string)[] settings = [("options", $"-c search_path={schema}"), ("application_name", "conversation"), ("TimeZone", "UTC")];
        var (owner, _) = await RawClient.StartAsync(server, settings);
        await using var disposeOwner = owner;
        await RequireAsync(owner, $"DROP SCHEMA IF EXISTS {schema} CASCADE");
        await RequireAsync(owner, $"CREATE SCHEMA {schema}");
        var distributed = false;
        foreach (var sql in conversation.Setup)
        {
            await RequireAsync(owner, sql);
            if (distributed || conversation.Table.Length == 0 || kind == TableKind.Local || !sql.StartsWith($"CREATE TABLE {conversation.Table} ", StringComparison.Ordinal))
                continue;
            distributed = true;
            await RequireAsync(owner, kind == TableKind.Distributed
                ? $"SELECT create_distributed_table('{conversation.Table}', '{conversation.Key}', shard_count => 4)"
                : $"SELECT create_reference_table('{conversation.Table}')");
        }

        var (client, _) = await RawClient.StartAsync(server, settings);
        await using var disposeClient = client;
        var text = new TranscriptText(owner);
        var lines = new List<string>();
        foreach (var round in conversation.Rounds)
        {
            var buffer = new FrontendBuffer();
            foreach (var message in round.Messages)
            {
                MessageLine.Write(buffer, message);
                lines.Add("    " + message);
            }

            await client.SendAsync(buffer);
            var answer = await client.ReadUntilAsync(round.Until, Limit);
            foreach (var message in answer)
                lines.Add(await text.LineAsync(message));
            if (answer is [.., { Type: '.' or '?' }])
                break;
        }

        return lines;
    }

    private static async Task RequireAsync(RawClient client, string sql)
    {
        await client.SendAsync(new FrontendBuffer().Query(sql));
        var answer = await client.ReadUntilAsync("Z", TimeSpan.FromSeconds(20));
        if (answer.Find(m => m.Type is 'E' or '.' or '?') is { } bad)
            throw new InvalidOperationException($"{sql}: {(bad.Type == 'E' ? bad.Notice.ToString() : bad.Type.ToString())}");
    }
}
