using System.Buffers;

namespace Tangelo.Execution.Intermediate;

/// <summary>
/// Turns rows into lines of COPY's text format with its default options. Rows come as the bodies of DataRow messages in text
/// format. The memory is pooled; an instance serves one result after the other.
/// </summary>
public sealed class CopyTextEncoder : IDisposable
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\t\n\r\\"u8);
    private readonly PooledBytes _bytes = new();

    /// <summary>The rows added since the last <see cref="Reset"/>.</summary>
    public int Rows { get; private set; }

    /// <summary>The lines; valid until the next call of another member.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.Written;

    /// <summary>Adds a row.</summary>
    /// <exception cref="Core.PgException">08P01 for a malformed body.</exception>
    public void Add(ReadOnlySpan<byte> dataRowBody)
    {
        var reader = new DataRowReader(dataRowBody);
        for (var i = 0; reader.Next(); i++)
        {
            if (i > 0)
                _bytes.Append((byte)'\t');
            if (reader.IsNull)
                _bytes.Append("\\N"u8);
            else
                AppendEscaped(reader.Value);
        }

        _bytes.Append((byte)'\n');
        Rows++;
    }

    /// <summary>Forgets all rows.</summary>
    public void Reset()
    {
        _bytes.Clear();
        Rows = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    private void AppendEscaped(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var special = value.IndexOfAny(Special);
            if (special < 0)
                break;
            _bytes.Append(value[..special]);
            _bytes.Append((byte)'\\');
            _bytes.Append(value[special] switch
            {
                (byte)'\t' => (byte)'t',
                (byte)'\n' => (byte)'n',
                (byte)'\r' => (byte)'r',
                _ => (byte)'\\',
            });
            value = value[(special + 1)..];
        }

        _bytes.Append(value);
    }
}
