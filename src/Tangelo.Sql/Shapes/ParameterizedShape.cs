using System.Collections.Immutable;
using Tangelo.Sql.Splicing;

namespace Tangelo.Sql.Shapes;

/// <summary>A literal that became a parameter.</summary>
/// <param name="Literal">Its number among the literals of <see cref="ShapeScanner"/>, from 0.</param>
/// <param name="Class">Its class; the same for every text of the shape.</param>
/// <param name="Negated">A minus in front of the literal belongs to the value.</param>
public readonly record struct ShapeParameter(int Literal, LiteralClass Class, bool Negated)
{
    /// <summary>The type to declare the parameter with; 0 leaves it to PostgreSQL, as it does for a quoted literal.</summary>
    public uint TypeOid => Class switch
    {
        LiteralClass.Int4 => 23,
        LiteralClass.Int8 => 20,
        LiteralClass.Numeric => 1700,
        _ => 0,
    };
}

/// <summary>A literal that stays in the text: <paramref name="Source"/> is how it was written.</summary>
public readonly record struct FixedLiteral(int Literal, byte[] Source);

/// <summary>A statement with literals replaced by parameters.</summary>
/// <param name="Text">The new text in UTF-8, with $1 ... $n in the order of the text.</param>
/// <param name="Parameters">One for each of $1 ... $n.</param>
/// <param name="Fixed">The literals that stay. Another text of the same shape may use this one only if it has the same.</param>
/// <param name="Positions">Maps positions of <paramref name="Text"/> to the statement it was made from.</param>
public sealed record ParameterizedShape(
    byte[] Text, ImmutableArray<ShapeParameter> Parameters, ImmutableArray<FixedLiteral> Fixed, PositionMap Positions)
{
    /// <summary>True when <paramref name="text"/>, of the same shape, has the same fixed literals.</summary>
    public bool Matches(ReadOnlySpan<byte> text, ReadOnlySpan<ShapeLiteral> literals)
    {
        foreach (var literal in Fixed)
        {
            if (!literals[literal.Literal].Source(text).SequenceEqual(literal.Source))
                return false;
        }

        return true;
    }
}
