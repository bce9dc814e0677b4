using System.Text;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>Finds and unquotes single fields of a CSV row.</summary>
internal sealed class CsvFieldReader(CopyOptions options)
{
    private readonly byte _delimiter = options.Delimiter;
    private readonly byte _quote = options.Quote;
    private readonly byte _escape = options.Escape;
    private readonly byte[] _nullText = Encoding.UTF8.GetBytes(options.NullText);
    private byte[] _scratch = new byte[64];

    /// <summary>
    /// The field at <paramref name="index"/>; false when there are fewer. The value points into <paramref name="row"/> or, when
    /// quotes had to be taken out of its middle, into scratch memory that the next call overwrites.
    /// </summary>
    public bool TryField(ReadOnlySpan<byte> row, int index, out ReadOnlySpan<byte> value, out bool isNull)
    {
        for (; index > 0; index--)
        {
            var end = FieldEnd(row, out _);
            if (end == row.Length)
            {
                value = default;
                isNull = false;
                return false;
            }

            row = row[(end + 1)..];
        }

        Decode(row[..FieldEnd(row, out var specials)], specials, out value, out isNull);
        return true;
    }

    /// <summary>Where the first field of <paramref name="row"/> ends, and how many quotes and escapes it holds.</summary>
    private int FieldEnd(ReadOnlySpan<byte> row, out int specials)
    {
        specials = 0;
        var at = 0;
        while (true)
        {
            var found = row[at..].IndexOfAny(_delimiter, _quote);
            if (found < 0)
                return row.Length;
            at += found;
            if (row[at] == _delimiter)
                return at;

            specials++;
            at = QuotedEnd(row, at + 1, ref specials);
        }
    }

    /// <summary>Where a quoted part that begins at <paramref name="at"/> ends: after its closing quote.</summary>
    private int QuotedEnd(ReadOnlySpan<byte> row, int at, ref int specials)
    {
        while (true)
        {
            var found = row[at..].IndexOfAny(_quote, _escape);
            if (found < 0)
                return row.Length;
            at += found;
            specials++;
            if (row[at] == _escape && IsEscaped(row, at + 1))
                at += 2;
            else if (row[at] == _quote)
                return at + 1;
            else
                at++;
        }
    }

    private bool IsEscaped(ReadOnlySpan<byte> row, int at) => at < row.Length && (row[at] == _quote || row[at] == _escape);

    private void Decode(ReadOnlySpan<byte> field, int specials, out ReadOnlySpan<byte> value, out bool isNull)
    {
        isNull = specials == 0 && field.SequenceEqual(_nullText);
        value = field;
        if (specials == 0)
            return;
        if (specials == 2 && field[0] == _quote && field[^1] == _quote)
        {
            value = field[1..^1];
            return;
        }

        if (_scratch.Length < field.Length)
            _scratch = new byte[field.Length];
        value = _scratch.AsSpan(0, Unquote(field));
    }

    private int Unquote(ReadOnlySpan<byte> field)
    {
        var length = 0;
        var inQuotes = false;
        for (var i = 0; i < field.Length; i++)
        {
            var c = field[i];
            if (inQuotes && c == _escape && IsEscaped(field, i + 1))
                _scratch[length++] = field[++i];
            else if (c == _quote)
                inQuotes = !inQuotes;
            else
                _scratch[length++] = c;
        }

        return length;
    }
}
