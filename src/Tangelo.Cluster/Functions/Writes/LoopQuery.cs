using System.Text.RegularExpressions;
using Tangelo.Cluster.Functions.Statements;

namespace Tangelo.Cluster.Functions.Writes;

/// <summary>Finds the query of a PL/pgSQL loop, of which PostgreSQL tells the line only.</summary>
internal static partial class LoopQuery
{
    /// <param name="text">The body of a function, or a DO statement.</param>
    /// <param name="line">The line in the body that has the FOR, from 1.</param>
    /// <returns>The query; null where it is not clear which one is meant.</returns>
    public static string? Find(string text, int line)
    {
        var body = Body(text);
        var start = 0;
        for (var i = 1; i < line && start >= 0; i++)
            start = body.IndexOf('\n', start) + 1;
        var rest = body[start..];
        var end = rest.IndexOf('\n');
        if (For().Count(end < 0 ? rest : rest[..end]) != 1 || In().Match(rest, For().Match(rest).Index) is not { Success: true } after)
            return null;

        // LOOP may be a word of the query's: the first piece that is a statement is the query.
        var query = after.Index + after.Length;
        foreach (Match loop in Loop().Matches(rest, query))
        {
            if (StatementText.TryParse(rest[query..loop.Index]) is { Count: 1 })
                return rest[query..loop.Index];
        }

        return null;
    }

    private static string Body(string text) =>
        StatementText.TryParse(text) is [{ DoStmt: { } block }]
            ? block.Args.Select(a => a.DefElem).First(a => a.Defname == "as").Arg.String.Sval
            : text;

    [GeneratedRegex(@"\bfor\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex For();

    [GeneratedRegex(@"\bin\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex In();

    [GeneratedRegex(@"\bloop\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Loop();
}
