using System.Buffers.Binary;
using System.Text;

namespace Tangelo.Execution.Parameters;

/// <summary>The elements of an array that a client has sent.</summary>
public static class ArrayElements
{
    private static readonly byte[] Null = "NULL"u8.ToArray();

    /// <summary>
    /// Reads every element that is not NULL, of all dimensions. False for what is not certainly an array of PostgreSQL's: it will say so itself.
    /// </summary>
    public static bool TryRead(ReadOnlyMemory<byte> value, bool binary, out List<ReadOnlyMemory<byte>> elements)
    {
        elements = [];
        return binary ? TryReadBinary(value, elements) : TryReadText(value.Span, elements);
    }

    // Dimensions, a flag, the element's type; then size and lower bound of each dimension; then the elements with their lengths.
    private static bool TryReadBinary(ReadOnlyMemory<byte> value, List<ReadOnlyMemory<byte>> elements)
    {
        const int Header = 12;
        const int Dimension = 8;
        const int MostDimensions = 6;
        if (value.Length < Header)
            return false;
        var dimensions = BinaryPrimitives.ReadInt32BigEndian(value.Span);
        if (dimensions is < 0 or > MostDimensions || value.Length < Header + (dimensions * Dimension))
            return false;
        var rest = value[(Header + (dimensions * Dimension))..];
        while (!rest.IsEmpty)
        {
            if (rest.Length < sizeof(int))
                return false;
            var length = BinaryPrimitives.ReadInt32BigEndian(rest.Span);
            rest = rest[sizeof(int)..];
            if (length < 0)
                continue;
            if (length > rest.Length)
                return false;
            elements.Add(rest[..length]);
            rest = rest[length..];
        }

        return true;
    }

    // {1,NULL,"a, \"b\""}; blanks around elements do not count. Bounds and further dimensions are rare.
    private static bool TryReadText(ReadOnlySpan<byte> text, List<ReadOnlyMemory<byte>> elements)
    {
        text = Trim(text);
        if (text.Length < 2 || text[0] != '{' || text[^1] != '}')
            return false;
        text = text[1..^1];
        if (Trim(text).IsEmpty)
            return true;
        while (true)
        {
            if (!TryReadElement(ref text, out var element, out var quoted))
                return false;
            if (quoted || !Ascii.EqualsIgnoreCase(element, Null))
                elements.Add(element);
            if (text.IsEmpty)
                return true;
            if (text[0] != ',')
                return false;
            text = text[1..];
        }
    }

    private static bool TryReadElement(ref ReadOnlySpan<byte> text, out byte[] element, out bool quoted)
    {
        element = [];
        text = Trim(text, start: true, end: false);
        quoted = !text.IsEmpty && text[0] == '"';
        if (!quoted)
        {
            var end = text.IndexOf((byte)',');
            var bare = Trim(end < 0 ? text : text[..end]);
            text = end < 0 ? [] : text[end..];
            element = bare.ToArray();
            return !bare.IsEmpty && bare.IndexOfAny("{}\"\\"u8) < 0;
        }

        var bytes = new List<byte>();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                text = Trim(text[(i + 1)..], start: true, end: false);
                element = [.. bytes];
                return true;
            }

            if (text[i] == '\\' && ++i == text.Length)
                return false;
            bytes.Add(text[i]);
        }

        return false;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text, bool start = true, bool end = true)
    {
        var blanks = " \t\n\r\v\f"u8;
        return (start, end) switch
        {
            (true, true) => text.Trim(blanks),
            (true, false) => text.TrimStart(blanks),
            _ => text.TrimEnd(blanks),
        };
    }
}
