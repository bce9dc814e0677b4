using System.Text;

namespace Tangelo.Sql.Shapes;

/// <summary>The words that date and time types read as the present: their meaning is another one each time.</summary>
public static class DateWords
{
    // Longer literals are no dates.
    private const int MaxLength = 48;

    private static readonly byte[][] Words = [.. new[] { "now", "today", "tomorrow", "yesterday" }.Select(Encoding.ASCII.GetBytes)];

    /// <summary>True when a literal may be such a date. It may be a text as well.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> literal)
    {
        if (literal.Length is < 3 or > MaxLength)
            return false;
        for (var i = 0; i + 3 <= literal.Length; i++)
        {
            if ((literal[i] | 0x20) is not ((byte)'n' or (byte)'t' or (byte)'y') || (i > 0 && char.IsAsciiLetter((char)literal[i - 1])))
                continue;
            foreach (var word in Words)
            {
                if (literal.Length - i >= word.Length && Ascii.EqualsIgnoreCase(literal.Slice(i, word.Length), word)
                    && (i + word.Length == literal.Length || !char.IsAsciiLetter((char)literal[i + word.Length])))
                    return true;
            }
        }

        return false;
    }

    /// <summary>As <see cref="MayBeIn(ReadOnlySpan{byte})"/>.</summary>
    public static bool MayBeIn(string literal)
    {
        ArgumentNullException.ThrowIfNull(literal);
        return literal.Length <= MaxLength && MayBeIn(Encoding.UTF8.GetBytes(literal));
    }
}
