using System.Text;
using Tangelo.Execution.Tests.Support;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Tests.Copy;

/// <summary>Random COPY options, and random data made of just the bytes that matter under them.</summary>
public sealed class CopySoup(int seed)
{
    private readonly Random _random = new(seed);

    public CopyOptions Options(bool csv, bool keyIsFirst = true)
    {
        var header = (CopyHeader)(_random.Next(6) switch { 0 => 1, 1 => 2, _ => 0 });
        if (!csv)
            return CopyOptionsText.Text(Pick('\t', ',', '|', '~'), Pick("\\N", "", "N", "n,"[..1]), header);

        var quote = Pick('"', '"', '\'', '^');
        return CopyOptionsText.Csv(
            Pick(',', ',', ';', '\t'), Pick("", "", "N", "\\N"), quote, Pick(quote, quote, '\\', '!', '"'), header,
            keyIsFirst ? (CopyKeyNulls)Pick(0, 0, 0, 1, 2, 3) : CopyKeyNulls.None);
    }

    /// <summary>Lines of tokens: mostly with the right number of fields, so that much of it is accepted.</summary>
    public byte[] Data(CopyOptions options, int columns, int maxLines)
    {
        var text = new StringBuilder();
        var lineEnd = Pick("\n", "\n", "\n", "\r\n", "\r");
        if (options.Header != CopyHeader.None)
            text.Append(_random.Next(4) == 0 ? "odd" : string.Join((char)options.Delimiter, Enumerable.Range(0, columns).Select(i => i == 0 ? "key" : "c" + i))).Append(lineEnd);
        var lines = _random.Next(maxLines + 1);
        for (var line = 0; line < lines; line++)
        {
            var fields = _random.Next(40) == 0 ? _random.Next(columns + 2) : columns;
            for (var field = 0; field < fields; field++)
            {
                if (field > 0)
                    text.Append((char)options.Delimiter);
                AppendField(text, options);
            }

            if (line < lines - 1 || _random.Next(5) > 0)
                text.Append(_random.Next(60) == 0 ? Pick("\n", "\r", "\r\n") : lineEnd);
        }

        if (_random.Next(6) == 0)
            text.Append(Pick("\\.", "\\.\n", "\\.\r\n", "\\.\r", "\\.x\n", "\\.\nrest\n"));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void AppendField(StringBuilder text, CopyOptions options)
    {
        var quote = (char)options.Quote;
        var escape = (char)options.Escape;
        if (options.Format == CopyFormat.Csv && _random.Next(2) == 0)
        {
            text.Append(quote);
            for (var n = _random.Next(4); n > 0; n--)
            {
                text.Append(Pick(
                    "a", "12", $"{escape}{quote}", $"{escape}{escape}", "\n", "\r", "\r\n", $"{(char)options.Delimiter}", "\\.", "N",
                    "\\", "é", "longer text that fills a vector of thirty-two bytes"));
            }

            if (_random.Next(50) > 0)
                text.Append(quote);
            if (_random.Next(8) == 0)
                text.Append("tail");
            return;
        }

        if (_random.Next(8) == 0)
        {
            text.Append(options.NullText);
            return;
        }

        for (var n = _random.Next(4); n > 0; n--)
        {
            text.Append(options.Format == CopyFormat.Csv
                ? Pick("a", "12", "N", "é", "b\\", "long text that is sure to fill a vector of thirty-two bytes", $"{escape}")
                : Pick(
                    "a", "12", "\\n", "\\\\", "\\t", $"\\{(char)options.Delimiter}", "\\101", "\\60", "\\7", "\\x41", "\\x4", "\\xg", "\\\n",
                    "é", "\\N", "\\b\\f\\v\\r", _random.Next(20) == 0 ? "\\." : "z", _random.Next(20) == 0 ? "\\" : "y",
                    "long text that is sure to fill a vector of thirty-two bytes"));
        }
    }

    public T Pick<T>(params T[] items) => items[_random.Next(items.Length)];

    public int Next(int bound) => _random.Next(bound);
}
