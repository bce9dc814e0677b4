using System.Text.RegularExpressions;

namespace Tangelo.Compat.Tests.Scripts;

/// <summary>Just enough of PostgreSQL's lexical rules to find the ends of statements and words outside of quotes.</summary>
internal static partial class SqlText
{
    /// <summary>The offset behind the semicolon that ends the statement at <paramref name="start"/>, or -1 when none does.</summary>
    public static int EndOfStatement(string text, int start)
    {
        var depth = 0;
        for (var i = start; i < text.Length;)
        {
            var next = SkipQuoted(text, i);
            if (next > i)
            {
                i = next;
                continue;
            }
            if (text[i] == '(')
                depth++;
            else if (text[i] == ')')
                depth--;
            else if (text[i] == ';' && depth <= 0)
                return i + 1;
            i++;
        }
        return -1;
    }

    /// <summary>Whether the statement has an ORDER BY outside of all parentheses, so that the order of its rows counts.</summary>
    public static bool HasTopLevelOrderBy(string sql) => OrderBy().IsMatch(TopLevel(sql));

    /// <summary>Whether the statement is a COPY that takes its data from the client.</summary>
    public static bool IsCopyFromStdin(string sql) => CopyFrom().IsMatch(TopLevel(sql));

    /// <summary>Whether the statement is one whose rows may be asked for in binary as well.</summary>
    public static bool ReturnsRows(string sql) => Query().IsMatch(sql);

    private static string TopLevel(string sql)
    {
        var kept = new System.Text.StringBuilder();
        var depth = 0;
        for (var i = 0; i < sql.Length;)
        {
            var next = SkipQuoted(sql, i);
            if (next > i)
            {
                kept.Append(' ');
                i = next;
                continue;
            }
            if (sql[i] == ')')
                depth--;
            if (depth == 0)
                kept.Append(sql[i]);
            if (sql[i] == '(')
                depth++;
            i++;
        }
        return kept.ToString();
    }

    /// <summary>The offset behind the comment or quoted text that starts at <paramref name="at"/>; the same offset when none does.</summary>
    private static int SkipQuoted(string text, int at)
    {
        switch (text[at])
        {
            case '-' when text.AsSpan(at).StartsWith("--"):
                return Behind(text, "\n", at);
            case '/' when text.AsSpan(at).StartsWith("/*"):
                return Behind(text, "*/", at + 2);
            case '\'':
                var escapes = at > 0 && text[at - 1] is 'e' or 'E' && (at == 1 || !char.IsLetterOrDigit(text[at - 2]));
                return BehindQuote(text, '\'', at, escapes);
            case '"':
                return BehindQuote(text, '"', at, false);
            case '$' when at == 0 || !char.IsLetterOrDigit(text[at - 1]):
                var tag = DollarTag().Match(text, at);
                return tag.Success && tag.Index == at ? Behind(text, tag.Value, at + tag.Length) : at;
            default:
                return at;
        }
    }

    private static int Behind(string text, string end, int from)
    {
        var found = text.IndexOf(end, from, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + end.Length;
    }

    private static int BehindQuote(string text, char quote, int at, bool escapes)
    {
        for (var i = at + 1; i < text.Length; i++)
        {
            if (escapes && text[i] == '\\')
                i++;
            else if (text[i] == quote)
            {
                if (i + 1 < text.Length && text[i + 1] == quote)
                    i++;
                else
                    return i + 1;
            }
        }
        return text.Length;
    }

    [GeneratedRegex(@"\$([A-Za-z_][A-Za-z_0-9]*)?\$")]
    private static partial Regex DollarTag();

    [GeneratedRegex(@"\border\s+by\b", RegexOptions.IgnoreCase)]
    private static partial Regex OrderBy();

    [GeneratedRegex(@"^\s*copy\b.*\bfrom\s+stdin\b", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex CopyFrom();

    [GeneratedRegex(@"^\s*\(*\s*(select|values|table|with|fetch|execute|show)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Query();
}
