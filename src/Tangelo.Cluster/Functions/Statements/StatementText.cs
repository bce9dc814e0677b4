using System.Text;
using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Parsing;

namespace Tangelo.Cluster.Functions.Statements;

/// <summary>Statements out of what PostgreSQL's contexts and catalogs give.</summary>
internal static class StatementText
{
    /// <summary>The statements of a text, or null when it has none.</summary>
    public static List<Node>? TryParse(string text)
    {
        try
        {
            return [.. SqlParser.Parse(Encoding.UTF8.GetBytes(text)).Select(s => s.Tree)];
        }
        catch (PgException)
        {
            return null;
        }
    }

    /// <summary>
    /// The statements of a function's body or of a context. A context gives the text with what surrounds it: the first part that is a statement is the text. What
    /// PL/pgSQL computes by itself is an expression, or the assignment of one.
    /// </summary>
    public static List<Node>? Read(string text)
    {
        for (var end = text.IndexOf('"'); end >= 0; end = text.IndexOf('"', end + 1))
        {
            if ((end == text.Length - 1 || text[end + 1] == '\n') && ReadWhole(text[..end]) is { Count: > 0 } found)
                return found;
        }

        return ReadWhole(text);
    }

    private static List<Node>? ReadWhole(string text)
    {
        var body = text.Trim();
        if (body.StartsWith("BEGIN ATOMIC", StringComparison.OrdinalIgnoreCase))
            body = body["BEGIN ATOMIC".Length..^"END".Length];
        else if (body.StartsWith("RETURN", StringComparison.OrdinalIgnoreCase))
            body = body["RETURN".Length..];
        return TryParse(body) ?? TryParse("SELECT " + body) ?? TryParse("SELECT " + body[(body.IndexOf('=') + 1)..]);
    }
}
