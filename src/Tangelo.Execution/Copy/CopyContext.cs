using System.Text.RegularExpressions;
using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>Turns what a worker says about its part of the data into what PostgreSQL would say about the client's.</summary>
internal static partial class CopyContext
{
    /// <summary>
    /// The error with the table's name in the place of the shard's and the client's line in the place of the worker's. The line
    /// is null when the error is not about a line.
    /// </summary>
    public static (PgException Error, long? Line) Translate(PgException error, string table, string shard, Func<long, long?> clientLine)
    {
        long? line = null;
        string At(Match match)
        {
            line = clientLine(long.Parse(match.Groups[2].ValueSpan));
            return line is null ? $"COPY {table}" : CopyErrors.AtLine(table, line.Value);
        }

        // Only the first: after it stands data, which may look like anything.
        var where = error.Error.Where is null
            ? null
            : Line().Replace(error.Error.Where, match => match.Groups[1].Value is var name && (name == shard || name == table) ? At(match) : match.Value, 1);
        var translated = error.Error with
        {
            Message = error.Error.Message.Replace($"\"{shard}\"", $"\"{table}\"", StringComparison.Ordinal),
            Table = error.Error.Table == shard ? table : error.Error.Table,
            Where = where,
        };
        return (new PgException(translated, error), line);
    }

    // The table's name stands as it is, without quotes, at the beginning of a line of the CONTEXT.
    [GeneratedRegex(@"^COPY (.+?), line ([0-9]{1,18})", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
