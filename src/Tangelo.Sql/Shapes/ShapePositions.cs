using Tangelo.Sql.Lexing;
using Tangelo.Sql.Parsing;

namespace Tangelo.Sql.Shapes;

/// <summary>Carries positions between texts of one shape, which differ in literals, whitespace and comments.</summary>
public static class ShapePositions
{
    /// <summary>
    /// The 1-based character of <paramref name="to"/> that stands at the same place as character <paramref name="position"/> of
    /// <paramref name="from"/>: in the same token.
    /// </summary>
    public static int Transfer(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, int position)
    {
        var offset = Utf8Text.ByteOffset(from, position - 1);
        var source = new Tokenizer(from);
        var target = new Tokenizer(to);
        while (source.Next() && target.Next())
        {
            if (source.End <= offset)
                continue;
            var inside = Math.Clamp(offset - source.Start, 0, target.End - target.Start);
            return Utf8Text.CountCharacters(to[..(target.Start + inside)]) + 1;
        }

        return Utf8Text.CountCharacters(to) + 1;
    }
}
