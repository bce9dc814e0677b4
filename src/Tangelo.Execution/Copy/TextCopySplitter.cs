using System.Runtime.CompilerServices;

namespace Tangelo.Execution.Copy;

/// <summary>COPY's text format: backslash escapes, <c>\N</c>, and <c>\.</c> as the end of the data.</summary>
internal sealed class TextCopySplitter(CopyLayout layout) : LineCopySplitter(layout)
{
    private readonly byte _delimiter = layout.Options.Delimiter;
    private byte[] _scratch = new byte[64];
    private bool _hasEscape;

    // Runs for every byte of the data: the first COPY must not wait until it has been found to be hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override RowEnd Scan(ReadOnlySpan<byte> bytes, bool atEnd)
    {
        while (true)
        {
            var found = bytes[Position..].IndexOfAny((byte)'\n', (byte)'\r', (byte)'\\');
            if (found < 0)
            {
                Position = bytes.Length;
                return atEnd ? new RowEnd(RowEndKind.Final, bytes.Length, bytes.Length) : RowEnd.NeedMore;
            }

            var at = Position += found;
            if (bytes[at] == '\n')
                return EndAtNewline(at);
            if (bytes[at] == '\r')
                return EndAtCarriageReturn(bytes, at, atEnd);

            _hasEscape = true;
            if (at + 1 == bytes.Length)
            {
                // A lone backslash ends the data: it adds nothing to the field, and a line end after it would be escaped.
                return atEnd ? new RowEnd(RowEndKind.Final, at, bytes.Length) : RowEnd.NeedMore;
            }

            if (bytes[at + 1] == '.')
                return EndAtMarker(bytes, at, atEnd);
            Position = at + 2;
        }
    }

    protected override void ResetScan()
    {
        base.ResetScan();
        _hasEscape = false;
    }

    protected override ReadOnlySpan<byte> ForShard(ReadOnlySpan<byte> row, bool isFinal) => row;

    protected override bool TryField(ReadOnlySpan<byte> row, int index, out ReadOnlySpan<byte> value, out bool isNull)
    {
        if (_hasEscape)
        {
            for (; index > 0; index--)
            {
                var end = FieldEnd(row);
                if (end == row.Length)
                    return None(out value, out isNull);
                row = row[(end + 1)..];
            }

            Decode(row[..FieldEnd(row)], out value, out isNull);
            return true;
        }

        for (; index > 0; index--)
        {
            var end = row.IndexOf(_delimiter);
            if (end < 0)
                return None(out value, out isNull);
            row = row[(end + 1)..];
        }

        var length = row.IndexOf(_delimiter);
        value = length < 0 ? row : row[..length];
        isNull = value.SequenceEqual(NullText);
        return true;
    }

    protected override List<byte[]?> Fields(ReadOnlySpan<byte> row)
    {
        var fields = new List<byte[]?>();
        while (true)
        {
            var end = FieldEnd(row);
            Decode(row[..end], out var value, out var isNull);
            fields.Add(isNull ? null : value.ToArray());
            if (end == row.Length)
                return fields;
            row = row[(end + 1)..];
        }
    }

    private static bool None(out ReadOnlySpan<byte> value, out bool isNull)
    {
        value = default;
        isNull = false;
        return false;
    }

    private RowEnd EndAtNewline(int at)
    {
        if (LineEnding is LineEnding.CarriageReturn or LineEnding.CarriageReturnNewline)
            throw Fault("literal newline found in data", "Use \"\\n\" to represent newline.");
        LineEnding = LineEnding.Newline;
        return new RowEnd(RowEndKind.Line, at, at + 1);
    }

    private RowEnd EndAtCarriageReturn(ReadOnlySpan<byte> bytes, int at, bool atEnd)
    {
        if (LineEnding is LineEnding.Unknown or LineEnding.CarriageReturnNewline)
        {
            if (at + 1 == bytes.Length && !atEnd)
                return RowEnd.NeedMore;
            if (at + 1 < bytes.Length && bytes[at + 1] == '\n')
            {
                LineEnding = LineEnding.CarriageReturnNewline;
                return new RowEnd(RowEndKind.Line, at, at + 2);
            }
        }

        if (LineEnding is LineEnding.Newline or LineEnding.CarriageReturnNewline)
            throw Fault("literal carriage return found in data", "Use \"\\r\" to represent carriage return.");
        LineEnding = LineEnding.CarriageReturn;
        return new RowEnd(RowEndKind.Line, at, at + 1);
    }

    private RowEnd EndAtMarker(ReadOnlySpan<byte> bytes, int at, bool atEnd)
    {
        switch (EndOfCopyMarker.Check(bytes[(at + 2)..], LineEnding, atEnd))
        {
            case MarkerMatch.NeedMore:
                return RowEnd.NeedMore;
            case MarkerMatch.Corrupt:
                throw Fault("end-of-copy marker corrupt");
            case MarkerMatch.WrongLineEnding or MarkerMatch.BareNewline:
                throw Fault("end-of-copy marker does not match previous newline style");
            default:
                return new RowEnd(RowEndKind.Final, at, bytes.Length);
        }
    }

    /// <summary>Where the first field of <paramref name="row"/> ends: at a delimiter that is not escaped, or at the row's end.</summary>
    private int FieldEnd(ReadOnlySpan<byte> row)
    {
        var at = 0;
        while (true)
        {
            var found = row[at..].IndexOfAny(_delimiter, (byte)'\\');
            if (found < 0)
                return row.Length;
            at += found;
            if (row[at] == _delimiter)
                return at;
            at = Math.Min(at + 2, row.Length);
        }
    }

    private void Decode(ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value, out bool isNull)
    {
        value = field;
        isNull = field.SequenceEqual(NullText);
        if (isNull || !field.Contains((byte)'\\'))
            return;

        if (_scratch.Length < field.Length)
            _scratch = new byte[field.Length];
        value = _scratch.AsSpan(0, TextEscapes.Decode(field, _scratch));
    }
}
