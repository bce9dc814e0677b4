namespace Tangelo.Sql.Lexing;

/// <summary>The sets of bytes that PostgreSQL's lexer is defined over.</summary>
internal static class CharClass
{
    internal const byte Space = 1;
    internal const byte WordStart = 2;
    internal const byte Digit = 4;
    internal const byte Op = 8;
    internal const byte WordPart = 16;
    internal const byte DollarTagPart = 32;

    private static readonly byte[] Table = Build();

    internal static ReadOnlySpan<byte> Classes => Table;

    internal static bool Is(byte b, byte set) => (Table[b] & set) != 0;

    private static byte[] Build()
    {
        var table = new byte[256];
        foreach (var b in " \t\n\r\f"u8)
            table[b] |= Space;
        foreach (var b in "~!@#^&|`?+-*/%<>="u8)
            table[b] |= Op;
        for (var b = 0; b < 256; b++)
        {
            var letter = b is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or '_' or >= 0x80;
            var digit = b is >= '0' and <= '9';
            if (letter)
                table[b] |= WordStart;
            if (digit)
                table[b] |= Digit;
            if (letter || digit || b == '$')
                table[b] |= WordPart;
            if (letter || digit)
                table[b] |= DollarTagPart;
        }

        return table;
    }
}
