using Tangelo.Sql.Lexing;

namespace Tangelo.Sql.Splicing;

/// <summary>What stands before a relation name and decides where its alias may go.</summary>
/// <param name="IsOnlyParenthesis">The name follows <c>ONLY (</c>.</param>
/// <param name="TableKeyword">Where the keyword stands when the name belongs to the command <c>TABLE name</c>; otherwise -1.</param>
internal readonly record struct TokensBefore(bool IsOnlyParenthesis, int TableKeyword)
{
    internal static TokensBefore Find(ReadOnlySpan<byte> text, int location)
    {
        // Only these two words matter, and a text without them is the rule.
        if (!MayContain(text[..location], "only"u8) && !MayContain(text[..location], "table"u8))
            return new(false, -1);
        var tokens = new Tokenizer(text);
        var table = -1;
        var only = false;
        var parenthesis = false;
        while (tokens.Next() && tokens.Start < location)
        {
            var opensOnly = only && tokens.Token is [(byte)'('];
            parenthesis = opensOnly;
            only = tokens.IsWord("only"u8);
            if (!only && !opensOnly)
                table = tokens.IsWord("table"u8) ? tokens.Start : -1;
        }

        return new(parenthesis, table);
    }

    private static bool MayContain(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        for (var i = 0; i + word.Length <= text.Length; i++)
        {
            if ((text[i] | 0x20) == word[0] && System.Text.Ascii.EqualsIgnoreCase(text.Slice(i, word.Length), word))
                return true;
        }

        return false;
    }
}
