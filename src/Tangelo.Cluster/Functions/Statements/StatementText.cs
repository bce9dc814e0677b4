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
    /// The statements of a function's body, or of a context, which gives the text with what surrounds it: the longest part that is a statement is the text. Null for what cannot be read.
    /// </summary>
    public static List<Node>? Read(string text)
    {
        if (ReadWhole(text) is { } whole)
            return whole;
        for (var end = text.LastIndexOf('"'); end > 0; end = text.LastIndexOf('"', end - 1))
        {
            if ((end == text.Length - 1 || text[end + 1] == '\n') && ReadWhole(text[..end]) is { } found)
                return found;
        }

        return null;
    }

    private static List<Node>? ReadWhole(string text)
    {
        var body = text.Trim();
        if (body.StartsWith("BEGIN ATOMIC", StringComparison.OrdinalIgnoreCase))
            body = body["BEGIN ATOMIC".Length..^"END".Length];
        else if (body.StartsWith("RETURN", StringComparison.OrdinalIgnoreCase))
            body = "SELECT " + body["RETURN".Length..];
        return TryParse(body);
    }
}
