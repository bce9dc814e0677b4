using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>
/// COPY's CSV format. Where the escape is the quote itself, quotes just toggle, and 32 bytes are looked at together: the
/// prefix XOR of the quote bits tells which bytes lie within quotes.
/// </summary>
internal sealed class CsvCopySplitter(CopyLayout layout) : LineCopySplitter(layout)
{
    private readonly CsvFieldReader _fields = new(layout.Options);
    private readonly byte _quote = layout.Options.Quote;
    private readonly byte _escape = layout.Options.Escape;
    private readonly bool _toggles = layout.Options.Quote == layout.Options.Escape;
    private readonly byte[] _quotedMarker = [layout.Options.Quote, (byte)'\\', (byte)'.', layout.Options.Quote];
    private bool _inQuotes;
    private bool _hasQuotes;
    private bool _markerChecked;

    protected override string? RowFault => _inQuotes ? "unterminated CSV quoted field" : null;

    /// <summary>The byte that counts as a line within quotes; PostgreSQL assumes carriage returns until it has seen a line end.</summary>
    private byte EmbeddedLineEnd => LineEnding == LineEnding.Newline ? (byte)'\n' : (byte)'\r';

    protected override RowEnd Scan(ReadOnlySpan<byte> bytes, bool atEnd)
    {
        if (!_markerChecked && bytes.Length > 0)
        {
            if (bytes[0] == '\\' && CheckMarker(bytes, atEnd) is { } marker)
                return marker;
            _markerChecked = true;
        }

        return _toggles ? ScanToggling(bytes, atEnd) : ScanEscaping(bytes, atEnd);
    }

    protected override void ResetScan()
    {
        base.ResetScan();
        _inQuotes = false;
        _hasQuotes = false;
        _markerChecked = false;
    }

    /// <summary>A last row that is <c>\.</c> without a line end is data; a line end after it would make it the end.</summary>
    protected override ReadOnlySpan<byte> ForShard(ReadOnlySpan<byte> row, bool isFinal) =>
        isFinal && row.SequenceEqual("\\."u8) ? _quotedMarker : row;

    protected override bool TryField(ReadOnlySpan<byte> row, int index, out ReadOnlySpan<byte> value, out bool isNull)
    {
        if (_hasQuotes)
            return _fields.TryField(row, index, out value, out isNull);

        for (; index > 0; index--)
        {
            var end = row.IndexOf(Options.Delimiter);
            if (end < 0)
            {
                value = default;
                isNull = false;
                return false;
            }

            row = row[(end + 1)..];
        }

        var length = row.IndexOf(Options.Delimiter);
        value = length < 0 ? row : row[..length];
        isNull = value.SequenceEqual(NullText);
        return true;
    }

    protected override List<byte[]?> Fields(ReadOnlySpan<byte> row)
    {
        var fields = new List<byte[]?>();
        while (_fields.TryField(row, fields.Count, out var value, out var isNull))
            fields.Add(isNull ? null : value.ToArray());
        return fields;
    }

    protected override void ForceKeyNulls(ref ReadOnlySpan<byte> key, ref bool isNull)
    {
        if (isNull && Options.KeyNulls.HasFlag(CopyKeyNulls.ForceNotNull))
        {
            isNull = false;
            key = NullText;
        }
        else if (!isNull && Options.KeyNulls.HasFlag(CopyKeyNulls.ForceNull) && key.SequenceEqual(NullText))
        {
            isNull = true;
        }
    }

    private RowEnd? CheckMarker(ReadOnlySpan<byte> bytes, bool atEnd)
    {
        if (bytes.Length == 1)
            return atEnd ? null : RowEnd.NeedMore;
        if (bytes[1] != '.')
            return null;
        return EndOfCopyMarker.Check(bytes[2..], LineEnding, atEnd) switch
        {
            MarkerMatch.NeedMore => RowEnd.NeedMore,
            MarkerMatch.End => new RowEnd(RowEndKind.Final, 0, bytes.Length),
            MarkerMatch.WrongLineEnding => throw Fault("end-of-copy marker does not match previous newline style"),
            _ => null,
        };
    }

    // Runs for every byte of the data: the first COPY must not wait until it has been found to be hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private RowEnd ScanToggling(ReadOnlySpan<byte> bytes, bool atEnd)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes);
        var quotes = Vector256.Create(_quote);
        var newlines = Vector256.Create((byte)'\n');
        var returns = Vector256.Create((byte)'\r');
        var at = Position;
        for (; at + Vector256<byte>.Count <= bytes.Length; at += Vector256<byte>.Count)
        {
            var block = Vector256.LoadUnsafe(ref first, (nuint)at);
            var quoteBits = Vector256.Equals(block, quotes).ExtractMostSignificantBits();
            var ends = (Vector256.Equals(block, newlines) | Vector256.Equals(block, returns)).ExtractMostSignificantBits();
            if (quoteBits != 0 || _inQuotes)
            {
                _hasQuotes = true;
                var inside = PrefixXor(quoteBits) ^ (_inQuotes ? uint.MaxValue : 0);
                var embedded = ends & inside;
                ends &= ~inside;
                if (embedded != 0)
                {
                    embedded &= Vector256.Equals(block, Vector256.Create(EmbeddedLineEnd)).ExtractMostSignificantBits();
                    if (ends != 0)
                        embedded &= (ends & (0 - ends)) - 1;
                    EmbeddedLines += BitOperations.PopCount(embedded);
                }

                _inQuotes = ends == 0 && inside >> 31 != 0;
            }

            if (ends != 0)
                return EndAt(bytes, at + BitOperations.TrailingZeroCount(ends), atEnd);
        }

        for (; at < bytes.Length; at++)
        {
            var c = bytes[at];
            if (c == _quote)
            {
                _inQuotes = !_inQuotes;
                _hasQuotes = true;
            }
            else if (c is (byte)'\n' or (byte)'\r')
            {
                if (!_inQuotes)
                    return EndAt(bytes, at, atEnd);
                if (c == EmbeddedLineEnd)
                    EmbeddedLines++;
            }
        }

        return EndOfBytes(bytes, atEnd);
    }

    private RowEnd ScanEscaping(ReadOnlySpan<byte> bytes, bool atEnd)
    {
        while (Position < bytes.Length)
        {
            var rest = bytes[Position..];
            var found = _inQuotes ? rest.IndexOfAny(_quote, _escape) : rest.IndexOfAny(_quote, (byte)'\n', (byte)'\r');
            if (_inQuotes)
                EmbeddedLines += (found < 0 ? rest : rest[..found]).Count(EmbeddedLineEnd);
            if (found < 0)
                break;

            var at = Position += found;
            var c = bytes[at];
            if (_inQuotes && c == _escape)
            {
                if (at + 1 == bytes.Length && !atEnd)
                    return RowEnd.NeedMore;
                var escapes = at + 1 < bytes.Length && (bytes[at + 1] == _quote || bytes[at + 1] == _escape);
                Position = at + (escapes ? 2 : 1);
            }
            else if (c == _quote)
            {
                _inQuotes = !_inQuotes;
                _hasQuotes = true;
                Position = at + 1;
            }
            else
            {
                return EndAt(bytes, at, atEnd);
            }
        }

        return EndOfBytes(bytes, atEnd);
    }

    private RowEnd EndOfBytes(ReadOnlySpan<byte> bytes, bool atEnd)
    {
        Position = bytes.Length;
        return atEnd ? new RowEnd(RowEndKind.Final, bytes.Length, bytes.Length) : RowEnd.NeedMore;
    }

    private RowEnd EndAt(ReadOnlySpan<byte> bytes, int at, bool atEnd)
    {
        if (bytes[at] == '\n')
        {
            if (LineEnding is LineEnding.CarriageReturn or LineEnding.CarriageReturnNewline)
                throw Fault("unquoted newline found in data", "Use quoted CSV field to represent newline.");
            LineEnding = LineEnding.Newline;
            return new RowEnd(RowEndKind.Line, at, at + 1);
        }

        if (LineEnding is LineEnding.Unknown or LineEnding.CarriageReturnNewline)
        {
            if (at + 1 == bytes.Length && !atEnd)
            {
                Position = at;
                return RowEnd.NeedMore;
            }

            if (at + 1 < bytes.Length && bytes[at + 1] == '\n')
            {
                LineEnding = LineEnding.CarriageReturnNewline;
                return new RowEnd(RowEndKind.Line, at, at + 2);
            }
        }

        if (LineEnding is LineEnding.Newline or LineEnding.CarriageReturnNewline)
            throw Fault("unquoted carriage return found in data", "Use quoted CSV field to represent carriage return.");
        LineEnding = LineEnding.CarriageReturn;
        return new RowEnd(RowEndKind.Line, at, at + 1);
    }

    /// <summary>Bit i of the result is the XOR of the bits 0 to i.</summary>
    private static uint PrefixXor(uint bits)
    {
        bits ^= bits << 1;
        bits ^= bits << 2;
        bits ^= bits << 4;
        bits ^= bits << 8;
        return bits ^ (bits << 16);
    }
}
