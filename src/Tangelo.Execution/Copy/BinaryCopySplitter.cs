using System.Buffers.Binary;
using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>COPY's binary format: signature, flags, header extension, tuples, trailer.</summary>
internal sealed class BinaryCopySplitter(CopyLayout layout) : CopySplitter
{
    private readonly RowCarry _carry = new(Array.MaxLength);
    private Phase _phase = Phase.Header;
    private int _extension;
    private long _line;

    // Where the scan of the tuple goes on, and what it has found out.
    private int _position;
    private int _field;
    private int _keyStart;
    private int _keyLength;

    private enum Phase
    {
        Header,
        Extension,
        Tuples,
        Ended,
    }

    /// <inheritdoc/>
    public override long CurrentLine => _line + 1;

    /// <inheritdoc/>
    public override void Feed(ReadOnlySpan<byte> chunk, ICopyRowSink sink)
    {
        while (_carry.Length > 0 && !chunk.IsEmpty)
        {
            var carried = _carry.Length;
            var slab = Math.Min(chunk.Length, Math.Max(_carry.Slab(chunk.Length), _position - carried));
            _carry.Append(chunk[..slab]);
            var used = Step(_carry.Span, sink);
            if (used == 0)
            {
                chunk = chunk[slab..];
                continue;
            }

            _carry.Clear();
            chunk = chunk[(used - carried)..];
        }

        while (!chunk.IsEmpty)
        {
            var used = Step(chunk, sink);
            if (used == 0)
            {
                _carry.Append(chunk);
                return;
            }

            chunk = chunk[used..];
        }
    }

    /// <inheritdoc/>
    public override void Complete(ICopyRowSink sink)
    {
        switch (_phase)
        {
            case Phase.Header:
                throw Plain(_carry.Length switch
                {
                    < BinaryCopyFormat.SignatureLength => "COPY file signature not recognized",
                    < BinaryCopyFormat.SignatureLength + 4 => "invalid COPY file header (missing flags)",
                    _ => "invalid COPY file header (missing length)",
                });
            case Phase.Extension:
                throw Plain("invalid COPY file header (wrong length)");
            case Phase.Tuples when _carry.Length >= sizeof(short):
                Refuse("unexpected EOF in COPY data", sink, _carry.Span);
                break;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _carry.Dispose();

    private static PgException Plain(string message) => new(SqlState.BadCopyFileFormat, message);

    /// <summary>Takes one part from the front of <paramref name="bytes"/> and returns its length, or 0 when it is not complete.</summary>
    private int Step(ReadOnlySpan<byte> bytes, ICopyRowSink sink)
    {
        switch (_phase)
        {
            case Phase.Header:
                return Header(bytes);
            case Phase.Extension:
                var skipped = Math.Min(bytes.Length, _extension);
                _extension -= skipped;
                _phase = _extension == 0 ? Phase.Tuples : Phase.Extension;
                return skipped;
            case Phase.Tuples:
                return Tuple(bytes, sink);
            default:
                throw CopyErrors.BadFormat(layout.TableName, CurrentLine, "received copy data after EOF marker");
        }
    }

    private int Header(ReadOnlySpan<byte> bytes)
    {
        const int Length = BinaryCopyFormat.HeaderLength;
        if (bytes.Length < BinaryCopyFormat.SignatureLength)
            return 0;
        if (!bytes.StartsWith(BinaryCopyFormat.Signature))
            throw Plain("COPY file signature not recognized");
        if (bytes.Length < Length)
            return 0;

        var flags = BinaryPrimitives.ReadInt32BigEndian(bytes[BinaryCopyFormat.SignatureLength..]);
        if ((flags & (1 << 16)) != 0)
            throw Plain("invalid COPY file header (WITH OIDS)");
        if (flags >> 16 != 0)
            throw Plain("unrecognized critical flags in COPY file header");

        _extension = BinaryPrimitives.ReadInt32BigEndian(bytes[(BinaryCopyFormat.SignatureLength + 4)..]);
        if (_extension < 0)
            throw Plain("invalid COPY file header (missing length)");
        _phase = _extension == 0 ? Phase.Tuples : Phase.Extension;
        return Length;
    }

    private int Tuple(ReadOnlySpan<byte> bytes, ICopyRowSink sink)
    {
        if (_position == 0 && !BeginTuple(bytes))
            return _phase == Phase.Ended ? sizeof(short) : 0;

        while (_field < layout.ColumnNames.Length)
        {
            if (_position > bytes.Length - sizeof(int))
                return 0;
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[_position..]);
            if (length < -1)
                Refuse("invalid field size", sink, bytes[..(_position + sizeof(int))]);
            if (Math.Max(length, 0) > bytes.Length - _position - sizeof(int))
            {
                // Not even begun: the length is read again when more has come.
                return 0;
            }

            if (_field == layout.KeyIndex)
                (_keyStart, _keyLength) = (_position + sizeof(int), length);
            _position += sizeof(int) + Math.Max(length, 0);
            _field++;
        }

        _line++;
        var used = _position;
        var key = _keyLength > 0 ? bytes.Slice(_keyStart, _keyLength) : default;
        _position = 0;
        sink.Row(bytes[..used], key, keyIsNull: layout.KeyIndex >= 0 && _keyLength < 0, _line);
        return used;
    }

    private bool BeginTuple(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(short))
            return false;

        var count = BinaryPrimitives.ReadInt16BigEndian(bytes);
        if (count == -1)
        {
            _phase = Phase.Ended;
            return false;
        }

        if (count != layout.ColumnNames.Length)
        {
            throw CopyErrors.BadFormat(
                layout.TableName, CurrentLine, $"row field count is {count}, expected {layout.ColumnNames.Length}");
        }

        _position = sizeof(short);
        _field = 0;
        _keyLength = 0;
        return true;
    }

    private void Refuse(string message, ICopyRowSink sink, ReadOnlySpan<byte> tuple)
    {
        var error = CopyErrors.BadColumn(layout.TableName, CurrentLine, layout.ColumnNames[_field], message);
        sink.BadRow(tuple, error, CurrentLine);
        throw error;
    }
}
