using System.Text;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>The header line of COPY TO, quoted and escaped as PostgreSQL does.</summary>
internal static class CopyHeaderLine
{
    public static byte[] Encode(CopyOptions options, IReadOnlyList<string> columnNames)
    {
        var line = new StringBuilder();
        foreach (var name in columnNames)
        {
            if (line.Length > 0)
                line.Append((char)options.Delimiter);
            if (options.Format == CopyFormat.Csv)
                AppendCsv(line, name, options, isAlone: columnNames.Count == 1);
            else
                AppendText(line, name, options);
        }

        return Encoding.UTF8.GetBytes(line.Append('\n').ToString());
    }

    private static void AppendCsv(StringBuilder line, string name, CopyOptions options, bool isAlone)
    {
        var quote = (char)options.Quote;
        if (name != options.NullText && name.IndexOfAny([(char)options.Delimiter, quote, '\n', '\r']) < 0 && !(isAlone && name == "\\."))
        {
            line.Append(name);
            return;
        }

        line.Append(quote);
        foreach (var c in name)
        {
            if (c == quote || c == options.Escape)
                line.Append((char)options.Escape);
            line.Append(c);
        }

        line.Append(quote);
    }

    private static void AppendText(StringBuilder line, string name, CopyOptions options)
    {
        const string Controls = "\b\f\n\r\t\v";
        foreach (var c in name)
        {
            if (Controls.Contains(c))
                line.Append('\\').Append("bfnrtv"[Controls.IndexOf(c)]);
            else if (c == '\\' || c == options.Delimiter)
                line.Append('\\').Append(c);
            else
                line.Append(c);
        }
    }
}
