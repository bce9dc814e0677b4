namespace Tangelo.Server.Tests.Conversations;

/// <summary>
/// A conversation file; cases/README.md tells its form. Before the first round come the tables, afterwards one round of messages
/// after the other, each with the types of the messages to wait for.
/// </summary>
internal sealed record Conversation(
    IReadOnlyList<string> Setup, string Table, string Key, IReadOnlyList<ConversationRound> Rounds, IReadOnlyDictionary<string, string> Differs)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "cases");

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, "*.txt").Select(p => Path.GetFileNameWithoutExtension(p)).Order(StringComparer.Ordinal);

    public static Conversation Read(string name)
    {
        var setup = new List<string>();
        var rounds = new List<ConversationRound>();
        var differs = new Dictionary<string, string>();
        var table = "";
        var key = "id";
        var messages = new List<string>();
        string? until = null;
        foreach (var line in File.ReadLines(Path.Combine(Folder, name + ".txt")).Append(""))
        {
            var (word, rest) = Split(line);
            switch (word)
            {
                case "":
                    if (messages.Count > 0)
                        rounds.Add(new ConversationRound([.. messages], until ?? Ready(messages)));
                    messages.Clear();
                    until = null;
                    break;
                case "#":
                    break;
                case "table":
                    table = Split(rest).Word;
                    setup.Add($"CREATE TABLE {rest}");
                    break;
                case "key":
                    key = rest;
                    break;
                case "setup":
                    setup.Add(rest);
                    break;
                case "differs":
                    var (kind, reason) = Split(rest);
                    differs[kind] = reason;
                    break;
                case "until":
                    until = rest;
                    break;
                default:
                    messages.Add(line);
                    break;
            }
        }

        return new Conversation(setup, table, key, rounds, differs);
    }

    /// <summary>The first word and what follows it.</summary>
    public static (string Word, string Tail) Split(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
    }

    private static string Ready(List<string> messages) =>
        new('Z', messages.Count(m => Split(m).Word is "query" or "sync" or "function"));
}

/// <param name="Messages">One line each.</param>
/// <param name="Until">The types to wait for, in this order.</param>
internal sealed record ConversationRound(IReadOnlyList<string> Messages, string Until);
