using System.Collections.Immutable;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Server.Sessions;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Shapes;

namespace Tangelo.Server.Statements;

/// <summary>A statement with its literals as parameters.</summary>
internal sealed record ShapedStatement(
    ParsedStatement Statement, ImmutableArray<Oid> ParameterTypes, ParameterSet Parameters, UInt128 Key, ParameterizedShape Shape);

/// <summary>
/// Plans of simple-protocol statements by their shape: a text that differs from one seen before only in literals that are
/// parameters is neither parsed nor planned again.
/// </summary>
internal sealed class ShapedStatements(SessionContext context)
{
    private const int MaxTextLength = 8 * 1024;
    private const int MaxLiterals = 64;

    private readonly ShapeLiteral[] _literals = new ShapeLiteral[MaxLiterals];

    /// <summary>The statement of <paramref name="text"/>, if its shape is known under these names.</summary>
    public (CompiledStatement? Statement, ParameterSet Parameters) Find(ReadOnlySpan<byte> text, object names)
    {
        if (text.Length > MaxTextLength || !TryScan(text, out var scan))
            return (null, ParameterSet.None);
        var key = new ShapeKey(scan.Key, names, context.User, context.Map.Version, context.Database.SchemaVersion);
        if (context.Database.Shapes.Find(key) is not { } known)
            return (null, ParameterSet.None);
        foreach (var (shape, compiled) in known)
        {
            if (shape.Matches(text, _literals))
                return (compiled, Bind(text, shape));
        }

        return (null, ParameterSet.None);
    }

    /// <summary>The statement with its literals as parameters; null when its text has no shape.</summary>
    public ShapedStatement? Parameterize(ParsedStatement statement, ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxTextLength || !TryScan(text, out var scan) || ShapeParameterizer.Parameterize(statement, context.Map.Functions.Contains) is not { } shape)
            return null;

        // The literals of the whole text and of the statement alone are numbered alike: nothing but blanks and comments is cut off.
        var parsed = SqlParser.Parse(shape.Text);
        if (parsed.Length != 1)
            return null;
        return new ShapedStatement(parsed[0], [.. shape.Parameters.Select(p => new Oid(p.TypeOid))], Bind(text, shape), scan.Key, shape);
    }

    /// <summary>Keeps the plan of a shape.</summary>
    public void Remember(ShapedStatement statement, CompiledStatement compiled, object names)
    {
        const int Variants = 8;
        var shapes = context.Database.Shapes;
        var key = new ShapeKey(statement.Key, names, context.User, context.Map.Version, context.Database.SchemaVersion);
        shapes.Set(key, [(statement.Shape, compiled), .. (shapes.Find(key) ?? []).Take(Variants - 1)]);
    }

    private bool TryScan(ReadOnlySpan<byte> text, out ShapeScan scan) =>
        ShapeScanner.TryScan(text, _literals, out scan) && !scan.HasParameters && !scan.HasSeveralStatements && !scan.HasBackslash && !HasDateWords(text, scan);

    // As a parameter such a literal would be read by the node that gets it.
    private bool HasDateWords(ReadOnlySpan<byte> text, ShapeScan scan)
    {
        foreach (var literal in _literals.AsSpan(0, scan.LiteralCount))
        {
            if (literal.Class == LiteralClass.String && DateWords.MayBeIn(literal.Source(text)[1..^1]))
                return true;
        }

        return false;
    }

    private ParameterSet Bind(ReadOnlySpan<byte> text, ParameterizedShape shape)
    {
        if (shape.Parameters.IsEmpty)
            return ParameterSet.None;

        // Bind's tail: no formats (all text), the values, no result formats (all text).
        var size = 6;
        foreach (var parameter in shape.Parameters)
            size += 5 + _literals[parameter.Literal].Length;
        var tail = new byte[size];
        var position = 2;
        System.Buffers.Binary.BinaryPrimitives.WriteInt16BigEndian(tail.AsSpan(position), (short)shape.Parameters.Length);
        position += 2;
        foreach (var parameter in shape.Parameters)
        {
            var written = _literals[parameter.Literal].ReadValue(text, parameter.Negated, tail.AsSpan(position + 4));
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(tail.AsSpan(position), written);
            position += 4 + written;
        }

        // The last value may have been shorter than reserved, and its scratch must not show.
        tail.AsSpan(position).Clear();
        return new ParameterSet(position + 2 == tail.Length ? tail : tail[..(position + 2)]);
    }
}

/// <summary>What the plan of a shape depends on; see <see cref="PlanKey"/>.</summary>
internal readonly record struct ShapeKey(UInt128 Shape, object Names, string User, long MapVersion, long SchemaVersion);
