using System.Text;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Buffers;

namespace Tangelo.Execution.Copy;

/// <summary>Writes values that the coordinator computed as fields in the format of a COPY.</summary>
internal sealed class DefaultFieldsEncoder(CopyOptions options) : IDisposable
{
    private readonly OutputBuffer _buffer = new();
    private readonly byte[] _nullText = Encoding.UTF8.GetBytes(options.NullText);

    /// <summary>
    /// The fields, each followed by a delimiter in text and CSV. They go before a row's own fields, so that PostgreSQL's
    /// complaints about missing and extra fields stay those of the client's row. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<byte> Encode(byte[]?[] values)
    {
        _buffer.Clear();
        foreach (var value in values)
        {
            if (options.Format == CopyFormat.Binary)
            {
                _buffer.WriteInt32(value?.Length ?? -1);
                _buffer.WriteBytes(value);
                continue;
            }

            if (value is null)
                _buffer.WriteBytes(_nullText);
            else if (options.Format == CopyFormat.Csv)
                WriteCsv(value);
            else
                WriteText(value);
            _buffer.WriteByte(options.Delimiter);
        }

        return _buffer.Written.Span;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Always in quotes: then nothing is taken for NULL.</summary>
    private void WriteCsv(byte[] value)
    {
        _buffer.WriteByte(options.Quote);
        foreach (var b in value)
        {
            if (b == options.Quote || b == options.Escape)
                _buffer.WriteByte(options.Escape);
            _buffer.WriteByte(b);
        }

        _buffer.WriteByte(options.Quote);
    }

    private void WriteText(byte[] value)
    {
        var start = _buffer.Length;
        WriteEscaped(value);
        if (!_buffer.Written.Span[start..].SequenceEqual(_nullText))
            return;

        // It reads like the NULL text: the first byte goes in octal. The empty string has none to write so.
        if (value.Length == 0)
            throw new PgException(SqlState.FeatureNotSupported, "COPY cannot write an empty default value when the NULL text is empty");
        _buffer.Truncate(start);
        _buffer.WriteText("\\" + Convert.ToString(value[0], 8).PadLeft(3, '0'));
        WriteEscaped(value.AsSpan(1));
    }

    private void WriteEscaped(ReadOnlySpan<byte> value)
    {
        foreach (var b in value)
        {
            switch (b)
            {
                case (byte)'\n':
                    _buffer.WriteBytes("\\n"u8);
                    continue;
                case (byte)'\r':
                    _buffer.WriteBytes("\\r"u8);
                    continue;
            }

            if (b == '\\' || b == options.Delimiter)
                _buffer.WriteByte((byte)'\\');
            _buffer.WriteByte(b);
        }
    }
}
