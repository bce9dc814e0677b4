using System.Buffers;
using System.Collections.Immutable;
using Tangelo.Sql.Lexing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Splicing;

namespace Tangelo.Sql.Shapes;

/// <summary>
/// Turns the literals of a statement into parameters where that cannot change what the statement means: the type of the parameter follows
/// from its place or its form exactly as the literal's does, and nothing else in the statement depends on its value.
/// </summary>
public static class ShapeParameterizer
{
    // A statement with more literals is a bulk load, which no plan cache helps.
    private const int MaxLiterals = 1000;

    /// <summary>
    /// Null for anything but a SELECT, INSERT, UPDATE, DELETE or CALL, for a statement with parameters of its own, and for one
    /// with very many literals. A result without parameters is possible: then the statement is its own shape.
    /// </summary>
    /// <param name="statement">The statement.</param>
    /// <param name="enters">
    /// True for the names of functions that have no namesakes, and whose arguments may so become parameters too. Null for none.
    /// </param>
    public static ParameterizedShape? Parameterize(ParsedStatement statement, Func<string, bool>? enters = null)
    {
        ArgumentNullException.ThrowIfNull(statement);
        if (LiteralSelector.Select(statement.Tree, enters ?? (_ => false)) is not { } selected)
            return null;
        var literals = ArrayPool<ShapeLiteral>.Shared.Rent(MaxLiterals);
        try
        {
            return ShapeScanner.TryScan(statement.Text, literals, out var scan) && !scan.HasParameters && !scan.HasSeveralStatements
                ? Replace(statement.Text, literals.AsSpan(0, scan.LiteralCount), selected)
                : null;
        }
        finally
        {
            ArrayPool<ShapeLiteral>.Shared.Return(literals);
        }
    }

    private static ParameterizedShape Replace(byte[] text, ReadOnlySpan<ShapeLiteral> literals, Dictionary<int, SelectedConstant> selected)
    {
        var edits = new TextEdits();
        var parameters = ImmutableArray.CreateBuilder<ShapeParameter>();
        var fixedLiterals = ImmutableArray.CreateBuilder<FixedLiteral>();
        var previousEnd = 0;
        for (var i = 0; i < literals.Length; i++)
        {
            var literal = literals[i];
            var start = literal.Offset;
            var negated = false;
            if (!selected.TryGetValue(start, out var constant))
                negated = TryFindNegated(text, selected, previousEnd, literal, out start, out constant);
            previousEnd = literal.Offset + literal.Length;
            if (constant is null || constant.Class != literal.Class)
            {
                fixedLiterals.Add(new FixedLiteral(i, literal.Source(text).ToArray()));
                continue;
            }

            parameters.Add(new ShapeParameter(i, literal.Class, negated));
            edits.Replace(start, previousEnd - start, Placeholder(text, start, previousEnd, parameters.Count));
        }

        var result = edits.Apply(text);
        return new ParameterizedShape(result.Text, parameters.ToImmutable(), fixedLiterals.ToImmutable(), result.Positions);
    }

    // The parser folds a minus into the number after it and puts the constant where the minus stands.
    private static bool TryFindNegated(
        byte[] text, Dictionary<int, SelectedConstant> selected, int from, ShapeLiteral literal, out int minus, out SelectedConstant? constant)
    {
        minus = literal.Offset;
        constant = null;
        for (var i = literal.Offset - 1; i >= from && constant is null; i--)
        {
            if (text[i] == '-' && selected.TryGetValue(i, out var candidate) && candidate.IsNegative)
                (minus, constant) = (i, candidate);
        }

        // Only a single minus: the value of - - 5 is not that of its last token with a sign.
        var tokens = new Tokenizer(text, minus);
        tokens.Next();
        if (constant is null || tokens.Token is not [(byte)'-'] || !tokens.Next() || tokens.Start != literal.Offset)
            constant = null;
        return constant is not null;
    }

    // A parameter that touches a word would become part of it.
    private static string Placeholder(byte[] text, int start, int end, int number)
    {
        var before = start > 0 && CharClass.Is(text[start - 1], CharClass.WordPart) ? " " : "";
        var after = end < text.Length && CharClass.Is(text[end], CharClass.WordPart) ? " " : "";
        return $"{before}${number}{after}";
    }
}
