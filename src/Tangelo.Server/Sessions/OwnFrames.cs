using System.Text.RegularExpressions;
using Tangelo.Cluster.Metadata;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Takes the frames of Tangelo's own functions out of a CONTEXT. They are functions of the server to the client, and those leave no frame.
/// </summary>
internal static partial class OwnFrames
{
    private static readonly string[] Starts =
    [
        "PL/pgSQL function ", "SQL function \"", "SQL statement \"", "SQL expression \"", "PL/pgSQL assignment \"", "remote SQL command: ",
        "COPY ", "while ", "parallel worker", "unnamed portal ", "portal \"",
    ];

    /// <summary>The context without those frames; null when nothing is left.</summary>
    public static string? Remove(string? where)
    {
        if (where is null)
            return null;
        where = TriggerCopy().Replace(where, m => "PL/pgSQL function " + m.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal) + "()");
        var frames = Split(where);
        var kept = new List<string>();

        // Innermost first: a statement belongs to the function that comes after it.
        var own = false;
        for (var i = frames.Count - 1; i >= 0; i--)
        {
            if (FunctionName().Match(frames[i]) is { Success: true } function)
                own = OwnFunctions.Contains(function.Groups[1].Value) || MadeForTable().IsMatch(function.Groups[1].Value);
            else if (frames[i].StartsWith("remote SQL command: ", StringComparison.Ordinal) && frames[i].Contains("tangelo_loopback", StringComparison.Ordinal))
                continue;
            if (!own)
                kept.Add(frames[i]);
        }

        if (kept.Count == frames.Count)
            return where;
        kept.Reverse();
        return kept.Count == 0 ? null : string.Join('\n', kept);
    }

    // The text of a statement may have several lines.
    private static List<string> Split(string where)
    {
        var frames = new List<string>();
        foreach (var line in where.Split('\n'))
        {
            if (frames.Count == 0 || Array.Exists(Starts, s => line.StartsWith(s, StringComparison.Ordinal)))
                frames.Add(line);
            else
                frames[^1] += "\n" + line;
        }

        return frames;
    }

    // What tangelo_wrapped_function makes.
    [GeneratedRegex("PL/pgSQL function \"tangelo_(?:t|m[di])[0-9]+:((?:[^\"]|\"\")*)\"\\(\\)", RegexOptions.CultureInvariant)]
    private static partial Regex TriggerCopy();

    // What tangelo_action_function and tangelo_create_stage make.
    [GeneratedRegex("^tangelo_(?:[ank]|[cr][ud])[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex MadeForTable();

    [GeneratedRegex("^(?:PL/pgSQL function |SQL function \")(?:pg_catalog\\.)?([A-Za-z0-9_]+)[(\"]", RegexOptions.CultureInvariant)]
    private static partial Regex FunctionName();
}
