using System.Buffers;
using Tangelo.Sql.Lexing;

namespace Tangelo.Sql.Shapes;

/// <summary>
/// Reduces a statement to its shape without parsing it. The normalized text has one token after the other, each ended by a NUL byte;
/// words are folded to lower case, and a candidate literal is one byte that names its class. Texts with equal normalized text are the
/// same statement but for the values of the candidates.
/// </summary>
public static class ShapeScanner
{
    private const int StackLimit = 1024;

    /// <summary>The number of bytes that hold the normalized text of any text of <paramref name="length"/> bytes.</summary>
    public static int NormalizedCapacity(int length) => (2 * length) + 2;

    /// <summary>As the other overload, for callers that trust the hash and do not want the normalized text.</summary>
    public static bool TryScan(ReadOnlySpan<byte> text, Span<ShapeLiteral> literals, out ShapeScan scan)
    {
        var capacity = NormalizedCapacity(text.Length);
        if (capacity <= StackLimit)
            return TryScan(text, literals, stackalloc byte[StackLimit], out scan);
        var rented = ArrayPool<byte>.Shared.Rent(capacity);
        try
        {
            return TryScan(text, literals, rented, out scan);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Scans <paramref name="text"/>, records its candidate literals in <paramref name="literals"/> and writes the normalized text to
    /// <paramref name="normalized"/>. False when the lexer of PostgreSQL would refuse the text or a buffer is too small; then nothing
    /// that was written has a meaning and the text must be parsed.
    /// </summary>
    public static bool TryScan(ReadOnlySpan<byte> text, Span<ShapeLiteral> literals, Span<byte> normalized, out ShapeScan scan)
    {
        var tokenizer = new Tokenizer(text);
        var written = 0;
        var count = 0;
        var pendingSemicolons = 0;
        bool parameters = false, backslash = false, several = false;
        while (tokenizer.Next())
        {
            if (tokenizer.Kind == TokenKind.Semicolon)
            {
                pendingSemicolons++;
                continue;
            }

            // A semicolon at the end changes nothing, so it is kept only once something follows.
            for (; pendingSemicolons > 0; pendingSemicolons--)
            {
                several = true;
                if (!Write(";"u8, normalized, ref written))
                    return Refuse(out scan);
            }

            var token = tokenizer.Token;
            var fits = true;
            switch (tokenizer.Kind)
            {
                case TokenKind.Word:
                    fits = WriteFolded(token, normalized, ref written);
                    break;
                case TokenKind.Integer or TokenKind.Decimal or TokenKind.String:
                    if (count == literals.Length)
                        return Refuse(out scan);
                    var kind = ClassOf(tokenizer.Kind, token);
                    backslash |= kind == LiteralClass.String && token.Contains((byte)'\\');
                    literals[count++] = new ShapeLiteral(tokenizer.Start, token.Length, kind);
                    fits = Write([(byte)kind], normalized, ref written);
                    break;
                case TokenKind.NationalPrefix:

                    // Upper case, which no folded word is: N'x' and n 'x' mean different types.
                    fits = Write("N"u8, normalized, ref written);
                    break;
                default:
                    parameters |= tokenizer.Kind == TokenKind.Parameter;
                    fits = Write(token, normalized, ref written);
                    break;
            }

            if (!fits)
                return Refuse(out scan);
        }

        if (tokenizer.Kind == TokenKind.Invalid)
            return Refuse(out scan);
        scan = new ShapeScan(ShapeHash.Of(normalized[..written]), count, written, parameters, backslash, several);
        return true;
    }

    private static bool Refuse(out ShapeScan scan)
    {
        scan = default;
        return false;
    }

    private static LiteralClass ClassOf(TokenKind kind, ReadOnlySpan<byte> token)
    {
        if (kind != TokenKind.Integer)
            return kind == TokenKind.String ? LiteralClass.String : LiteralClass.Numeric;
        var digits = token.TrimStart((byte)'0');
        if (digits.Length < 10)
            return LiteralClass.Int4;
        if (digits.Length > 19)
            return LiteralClass.Numeric;
        var value = 0UL;
        foreach (var digit in digits)
            value = (value * 10) + (ulong)(digit - '0');
        return value <= int.MaxValue ? LiteralClass.Int4 : value <= long.MaxValue ? LiteralClass.Int8 : LiteralClass.Numeric;
    }

    private static bool Write(ReadOnlySpan<byte> token, Span<byte> normalized, ref int written)
    {
        if (normalized.Length - written <= token.Length)
            return false;
        token.CopyTo(normalized[written..]);
        written += token.Length;
        normalized[written++] = 0;
        return true;
    }

    // PostgreSQL folds ASCII letters only in a multi-byte encoding.
    private static bool WriteFolded(ReadOnlySpan<byte> token, Span<byte> normalized, ref int written)
    {
        if (normalized.Length - written <= token.Length)
            return false;
        for (var i = 0; i < token.Length; i++)
        {
            var b = token[i];
            normalized[written + i] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        }

        written += token.Length;
        normalized[written++] = 0;
        return true;
    }
}
