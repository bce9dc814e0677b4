using Tangelo.Sql.Lexing;
using Tangelo.Sql.Parsing;

namespace Tangelo.Sql.Splicing;

/// <summary>The query of COPY (query) TO ... as a statement by itself.</summary>
public static class CopyQueryText
{
    /// <summary>The text with blanks for all that is not the query: its characters keep their places, so positions in it are the client's.</summary>
    public static byte[] Blank(ReadOnlySpan<byte> copy)
    {
        var tokens = new Tokenizer(copy);
        var (start, end, depth) = (copy.Length, copy.Length, 0);
        while (tokens.Next())
        {
            if (tokens.Token is [(byte)'('] && depth++ == 0)
                start = tokens.End;
            if (tokens.Token is [(byte)')'] && --depth == 0)
            {
                end = tokens.Start;
                break;
            }
        }

        return [.. Enumerable.Repeat((byte)' ', Utf8Text.CountCharacters(copy[..start])), .. copy[start..end]];
    }
}
