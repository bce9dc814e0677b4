using System.Text;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>What text and CSV have in common: lines, the header, and the key as the n-th field.</summary>
internal abstract class LineCopySplitter : CopySplitter
{
    private const int MaxLineBytes = 0x3ffffffe;

    private readonly CopyLayout _layout;
    private readonly RowCarry _carry = new(MaxLineBytes);
    private readonly LongRowOffer _offer;
    private bool _headerPending;
    private bool _ended;
    private long _line;

    protected LineCopySplitter(CopyLayout layout)
    {
        _layout = layout;
        _headerPending = layout.Options.Header != CopyHeader.None;
        NullText = Encoding.UTF8.GetBytes(layout.Options.NullText);
        _offer = new LongRowOffer(layout.LongRowBytes);
    }

    /// <inheritdoc/>
    public override long CurrentLine => _line + 1 + EmbeddedLines;

    protected byte[] NullText { get; }

    protected CopyOptions Options => _layout.Options;

    /// <summary>Where the scan goes on when more bytes have come.</summary>
    protected int Position { get; set; }

    /// <summary>Line ends inside the quotes of the row being scanned.</summary>
    protected int EmbeddedLines { get; set; }

    protected LineEnding LineEnding { get; set; }

    /// <inheritdoc/>
    public override void Feed(ReadOnlySpan<byte> chunk, ICopyRowSink sink)
    {
        while (_carry.Length > 0 && !chunk.IsEmpty && !_ended)
        {
            var carried = _carry.Length;
            var slab = _carry.Slab(chunk.Length);
            _carry.Append(chunk[..slab]);
            var end = Scan(_carry.Span, atEnd: false);
            if (end.Kind == RowEndKind.NeedMore)
            {
                PassPiece(sink);
                chunk = chunk[slab..];
                continue;
            }

            Emit(_carry.Span[..end.Content], end.Kind, sink);
            _carry.Clear();
            chunk = chunk[(end.Next - carried)..];
        }

        while (!chunk.IsEmpty && !_ended)
        {
            var end = Scan(chunk, atEnd: false);
            if (end.Kind == RowEndKind.NeedMore)
            {
                _carry.Append(chunk);
                PassPiece(sink);
                return;
            }

            Emit(chunk[..end.Content], end.Kind, sink);
            chunk = chunk[end.Next..];
        }
    }

    /// <inheritdoc/>
    public override void Complete(ICopyRowSink sink)
    {
        var rest = _carry.Span;
        while (!_ended)
        {
            var end = Scan(rest, atEnd: true);
            Emit(rest[..end.Content], end.Kind, sink);
            rest = rest[end.Next..];
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _carry.Dispose();

    /// <summary>
    /// Looks for the end of the row that begins at 0, from <see cref="Position"/> on. <paramref name="atEnd"/>: nothing follows
    /// these bytes; then it never needs more.
    /// </summary>
    protected abstract RowEnd Scan(ReadOnlySpan<byte> bytes, bool atEnd);

    /// <summary>Forgets what the scan noted about the last row.</summary>
    protected virtual void ResetScan()
    {
        Position = 0;
        EmbeddedLines = 0;
    }

    /// <summary>What is wrong with a row as a whole that its scan let pass, or null.</summary>
    protected virtual string? RowFault => null;

    /// <summary>The row as a shard's COPY wants it.</summary>
    protected abstract ReadOnlySpan<byte> ForShard(ReadOnlySpan<byte> row, bool isFinal);

    /// <summary>Finds and decodes the field at <paramref name="index"/>; false when the row has fewer fields.</summary>
    protected abstract bool TryField(ReadOnlySpan<byte> row, int index, out ReadOnlySpan<byte> value, out bool isNull);

    /// <summary>All fields of a row; null for NULL.</summary>
    protected abstract List<byte[]?> Fields(ReadOnlySpan<byte> row);

    /// <summary>What FORCE_NULL and FORCE_NOT_NULL make of the key.</summary>
    protected virtual void ForceKeyNulls(ref ReadOnlySpan<byte> key, ref bool isNull)
    {
    }

    /// <summary>The format error <paramref name="message"/> in the line being scanned.</summary>
    protected PgException Fault(string message, string? hint = null) =>
        CopyErrors.BadFormat(_layout.TableName, CurrentLine, message, hint);

    /// <summary>Gives what is certain of a long row to the sink, if that takes it in pieces.</summary>
    private void PassPiece(ICopyRowSink sink)
    {
        if (!_offer.IsTaken && !(_offer.IsDue(_carry.Length) && !_headerPending && Begin(_carry.Span[..Position], sink)))
            return;
        sink.RowPiece(_carry.Span[..Position]);
        _offer.Passed(_carry.Span[..Position]);
        _carry.Pass(Position);
        Position = 0;
    }

    // The key is there when the delimiter after it is.
    private bool Begin(ReadOnlySpan<byte> row, ICopyRowSink sink)
    {
        var isNull = false;
        ReadOnlySpan<byte> key = default;
        if (_layout.KeyIndex >= 0)
        {
            if (!TryField(row, _layout.KeyIndex + 1, out _, out _) || !TryField(row, _layout.KeyIndex, out key, out isNull))
                return false;
            ForceKeyNulls(ref key, ref isNull);
        }

        if (!sink.BeginRow(isNull ? default : key, isNull, CurrentLine))
            return false;
        _offer.Take();
        return true;
    }

    private void Emit(ReadOnlySpan<byte> row, RowEndKind kind, ICopyRowSink sink)
    {
        var isFinal = kind == RowEndKind.Final;
        _ended = isFinal;
        var line = CurrentLine;
        if (_offer.IsTaken)
        {
            _offer.Passed(row);
            if (RowFault is { } fault)
                throw CopyErrors.BadLine(_layout.TableName, line, _offer.Start, fault);
            sink.RowPiece(row);
            sink.EndRow(line);
            _carry.Clear();
        }
        else if (_headerPending)
        {
            _headerPending = false;
            if (Options.Header == CopyHeader.Match)
                MatchHeader(row, line);
        }
        else if (!isFinal || row.Length > 0)
        {
            EmitRow(row, isFinal, line, sink);
        }

        _line = line;
        _offer.Reset();
        ResetScan();
    }

    private void EmitRow(ReadOnlySpan<byte> row, bool isFinal, long line, ICopyRowSink sink)
    {
        if (RowFault is { } fault)
            throw CopyErrors.BadLine(_layout.TableName, line, row, fault);

        // A last \. without a line end is data, but must not get one.
        var raw = ForShard(row, isFinal);
        if (raw != row && _layout.ColumnNames.Length > 1)
            Refuse(row, line, $"missing data for column \"{_layout.ColumnNames[1]}\"", sink);

        if (_layout.KeyIndex < 0)
        {
            sink.Row(raw, default, keyIsNull: false, line);
            return;
        }

        if (!TryField(row, _layout.KeyIndex, out var key, out var isNull))
            Refuse(raw, line, $"missing data for column \"{FirstMissingColumn(row)}\"", sink);

        ForceKeyNulls(ref key, ref isNull);
        sink.Row(raw, isNull ? default : key, isNull, line);
    }

    private void Refuse(ReadOnlySpan<byte> row, long line, string message, ICopyRowSink sink)
    {
        var error = CopyErrors.BadLine(_layout.TableName, line, row, message);
        sink.BadRow(row, error, line);
        throw error;
    }

    private string FirstMissingColumn(ReadOnlySpan<byte> row) => _layout.ColumnNames[Fields(row).Count];

    private void MatchHeader(ReadOnlySpan<byte> row, long line)
    {
        if (RowFault is { } fault)
            throw CopyErrors.BadLine(_layout.TableName, line, row, fault);

        var fields = Fields(row);
        var names = _layout.ColumnNames;
        if (fields.Count != names.Length)
        {
            throw CopyErrors.BadLine(
                _layout.TableName, line, row, $"wrong number of fields in header line: got {fields.Count}, expected {names.Length}");
        }

        for (var i = 0; i < fields.Count; i++)
        {
            var got = fields[i] is { } field ? $"\"{Encoding.UTF8.GetString(field)}\"" : $"null value (\"{Options.NullText}\")";
            if (fields[i] is null || got != $"\"{names[i]}\"")
            {
                throw CopyErrors.BadLine(
                    _layout.TableName,
                    line,
                    row,
                    $"column name mismatch in header line field {i + 1}: got {got}, expected \"{names[i]}\"");
            }
        }
    }
}
