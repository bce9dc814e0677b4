using System.Text;
using Tangelo.Core;

namespace Tangelo.Workers.Connections;

/// <summary>libpq's keyword = value connection strings (PostgreSQL manual, "Connection Strings").</summary>
public static class ConnectionInfo
{
    /// <exception cref="PgException">22023: a quote is not closed or a keyword has no value.</exception>
    public static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var i = 0;
        while (true)
        {
            while (i < text.Length && char.IsWhiteSpace(text[i]))
                i++;
            if (i == text.Length)
                return values;
            var equals = text.IndexOf('=', i);
            if (equals < 0)
                throw new PgException(SqlState.InvalidParameterValue, $"missing \"=\" after \"{text[i..].Trim()}\" in connection info string");
            var key = text[i..equals].Trim();
            i = equals + 1;
            while (i < text.Length && char.IsWhiteSpace(text[i]))
                i++;
            values[key] = ReadValue(text, ref i);
        }
    }

    private static string ReadValue(string text, ref int i)
    {
        var value = new StringBuilder();
        var quoted = i < text.Length && text[i] == '\'';
        if (quoted)
            i++;
        for (; i < text.Length; i++)
        {
            if (quoted ? text[i] == '\'' : char.IsWhiteSpace(text[i]))
            {
                i++;
                return value.ToString();
            }

            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            value.Append(text[i]);
        }

        return quoted
            ? throw new PgException(SqlState.InvalidParameterValue, "unterminated quoted string in connection info string")
            : value.ToString();
    }
}
