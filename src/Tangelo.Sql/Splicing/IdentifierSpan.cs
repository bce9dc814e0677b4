using Tangelo.Sql.Lexing;

namespace Tangelo.Sql.Splicing;

/// <summary>Measures names in the text of a statement.</summary>
public static class IdentifierSpan
{
    /// <summary>
    /// The length in bytes of the name that starts at <paramref name="location"/>: its parts, the points between them, and the
    /// whitespace and comments around those. 0 when no name starts there.
    /// </summary>
    public static int At(ReadOnlySpan<byte> text, int location)
    {
        var tokens = new Tokenizer(text, location);
        if (location < 0 || location >= text.Length || !tokens.Next() || tokens.Start != location || !IsName(tokens.Kind))
            return 0;
        var end = EndOfPart(ref tokens);
        while (tokens.Kind == TokenKind.Punctuation && tokens.Token is [(byte)'.'])
        {
            if (!tokens.Next() || !IsName(tokens.Kind))
                break;
            end = EndOfPart(ref tokens);
        }

        return end - location;
    }

    // Moves beyond the part, and the UESCAPE of a U&"" name.
    private static int EndOfPart(ref Tokenizer tokens)
    {
        var end = tokens.End;
        var unicode = tokens.Kind == TokenKind.UnicodeName;
        if (!tokens.Next() || !unicode || !tokens.IsWord("uescape"u8))
            return end;
        tokens.Next();
        end = tokens.End;
        tokens.Next();
        return end;
    }

    private static bool IsName(TokenKind kind) => kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName;
}
