namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>The elements of an array literal of one dimension.</summary>
internal static class ArrayText
{
    /// <summary>
    /// Takes an element with the white space around it off the front. False: malformed, or a form that PostgreSQL shall read
    /// (nested braces, a backslash outside quotes).
    /// </summary>
    public static bool TryTakeElement(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> element, out bool isNull)
    {
        text = TrimStart(text);
        isNull = false;
        if (InputText.Take(ref text, '"'))
        {
            if (!TryTakeQuoted(ref text, out element))
                return false;
            text = TrimStart(text);
            return true;
        }

        var end = text.IndexOfAny((byte)',', (byte)'}');
        element = end < 0 ? default : InputText.Trim(text[..end]);
        if (element.IsEmpty || element.ContainsAny("{\"\\"u8))
            return false;
        text = text[end..];
        isNull = InputText.EqualsIgnoreCase(element, "null"u8);
        return true;
    }

    private static bool TryTakeQuoted(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> element)
    {
        var plain = text.IndexOfAny((byte)'"', (byte)'\\');
        if (plain < 0)
        {
            element = default;
            return false;
        }

        if (text[plain] == '"')
        {
            element = text[..plain];
            text = text[(plain + 1)..];
            return true;
        }

        var unescaped = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                element = unescaped.ToArray();
                text = text[(i + 1)..];
                return true;
            }

            if (text[i] == '\\' && ++i == text.Length)
                break;
            unescaped.Add(text[i]);
        }

        element = default;
        return false;
    }

    private static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && InputText.IsSpace(text[0]))
            text = text[1..];
        return text;
    }
}
