namespace Tangelo.Execution.Copy;

/// <summary>The backslash sequences of COPY's text format.</summary>
internal static class TextEscapes
{
    /// <summary>
    /// Decodes <paramref name="field"/> into <paramref name="target"/>, which is at least as long, and returns the decoded length.
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> field, Span<byte> target)
    {
        var length = 0;
        for (var i = 0; i < field.Length;)
        {
            var c = field[i++];
            if (c == '\\')
            {
                if (i == field.Length)
                    break;
                c = Escaped(field, ref i);
            }

            target[length++] = c;
        }

        return length;
    }

    private static byte Escaped(ReadOnlySpan<byte> field, ref int i)
    {
        var c = field[i++];
        switch (c)
        {
            case >= (byte)'0' and <= (byte)'7':
                var octal = c - '0';
                for (var digits = 1; digits < 3 && i < field.Length && field[i] is >= (byte)'0' and <= (byte)'7'; digits++)
                    octal = (octal << 3) + field[i++] - '0';
                return (byte)octal;
            case (byte)'x' when i < field.Length && char.IsAsciiHexDigit((char)field[i]):
                var hex = HexValue(field[i++]);
                if (i < field.Length && char.IsAsciiHexDigit((char)field[i]))
                    hex = (hex << 4) + HexValue(field[i++]);
                return (byte)hex;
            case (byte)'b':
                return (byte)'\b';
            case (byte)'f':
                return (byte)'\f';
            case (byte)'n':
                return (byte)'\n';
            case (byte)'r':
                return (byte)'\r';
            case (byte)'t':
                return (byte)'\t';
            case (byte)'v':
                return (byte)'\v';
            default:
                return c;
        }
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
