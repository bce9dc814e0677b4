using System.Text;

namespace Tangelo.Sql.Shapes;

/// <summary>
/// A literal that may become a parameter. <paramref name="Offset"/> and <paramref name="Length"/> are bytes of the scanned text
/// and include the quotes of a string.
/// </summary>
public readonly record struct ShapeLiteral(int Offset, int Length, LiteralClass Class)
{
    /// <summary>The literal as it was written.</summary>
    public ReadOnlySpan<byte> Source(ReadOnlySpan<byte> text) => text.Slice(Offset, Length);

    /// <summary>
    /// The value in PostgreSQL's text format: a string loses its quotes and doubled quotes, a number is as written, with a minus in front
    /// when <paramref name="negated"/>.
    /// </summary>
    public string ReadValue(ReadOnlySpan<byte> text, bool negated = false)
    {
        var buffer = new byte[Length + 1];
        return Encoding.UTF8.GetString(buffer, 0, ReadValue(text, negated, buffer));
    }

    /// <summary>
    /// As <see cref="ReadValue(ReadOnlySpan{byte}, bool)"/>, into <paramref name="destination"/>, which must have room for
    /// <see cref="Length"/> + 1 bytes. Returns the number of bytes written.
    /// </summary>
    public int ReadValue(ReadOnlySpan<byte> text, bool negated, Span<byte> destination)
    {
        var source = Source(text);
        if (Class != LiteralClass.String)
        {
            var sign = negated ? 1 : 0;
            if (negated)
                destination[0] = (byte)'-';
            source.CopyTo(destination[sign..]);
            return source.Length + sign;
        }

        source = source[1..^1];
        var written = 0;
        for (var quote = source.IndexOf((byte)'\''); quote >= 0; quote = source.IndexOf((byte)'\''))
        {
            source[..(quote + 1)].CopyTo(destination[written..]);
            written += quote + 1;
            source = source[(quote + 2)..];
        }

        source.CopyTo(destination[written..]);
        return written + source.Length;
    }
}
