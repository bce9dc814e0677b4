using Tangelo.Core;

namespace Tangelo.Execution.Intermediate;

/// <summary>
/// Turns rows into one text[] literal per column, to be bound as <c>unnest($1::text[], $2::text[], ...)</c>. Rows come as the
/// bodies of DataRow messages in text format. The memory is pooled; an instance serves one result after the other.
/// </summary>
public sealed class TextArrayBuilder : IDisposable
{
    private readonly List<PooledBytes> _columns = [];
    private int _columnCount;

    /// <summary>The rows added since the last <see cref="Reset"/>.</summary>
    public int Rows { get; private set; }

    /// <summary>The size of all literals together, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The number of columns; 0 before the first row.</summary>
    public int Columns => _columnCount;

    /// <summary>Adds a row. All rows have as many fields as the first one.</summary>
    /// <param name="dataRowBody">The field count, then length and bytes of each field, as in a DataRow message.</param>
    /// <exception cref="PgException">08P01 for a body that is malformed or has another number of fields.</exception>
    public void Add(ReadOnlySpan<byte> dataRowBody)
    {
        var reader = new DataRowReader(dataRowBody);
        if (Rows == 0)
            Begin(reader.FieldCount);
        else if (reader.FieldCount != _columnCount)
            throw new PgException(SqlState.ProtocolViolation, $"row has {reader.FieldCount} fields, expected {_columnCount}");

        for (var i = 0; reader.Next(); i++)
        {
            var column = _columns[i];
            var before = column.Length;
            if (Rows > 0)
                column.Append((byte)',');
            if (reader.IsNull)
                column.Append("NULL"u8);
            else
                AppendQuoted(column, reader.Value);
            Bytes += column.Length - before;
        }

        Rows++;
    }

    /// <summary>The literal of a column: <c>{"a","b",NULL}</c>. Valid until the next <see cref="Add"/>, Reset or Dispose.</summary>
    public ReadOnlyMemory<byte> Column(int index)
    {
        if (Rows == 0)
            return "{}"u8.ToArray();

        // The brace is not counted as written: further rows may follow.
        var column = _columns[index];
        var length = column.Length;
        column.Append((byte)'}');
        var literal = column.Written;
        column.Truncate(length);
        return literal;
    }

    /// <summary>Forgets all rows. The number of columns is open again.</summary>
    public void Reset()
    {
        foreach (var column in _columns)
            column.Clear();
        Rows = 0;
        Bytes = 0;
        _columnCount = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var column in _columns)
            column.Dispose();
        Rows = 0;
        Bytes = 0;
    }

    private void Begin(int columns)
    {
        _columnCount = columns;
        while (_columns.Count < columns)
            _columns.Add(new PooledBytes());
        for (var i = 0; i < columns; i++)
            _columns[i].Append((byte)'{');
        Bytes = columns;
    }

    private static void AppendQuoted(PooledBytes column, ReadOnlySpan<byte> value)
    {
        column.Append((byte)'"');
        while (true)
        {
            var special = value.IndexOfAny((byte)'"', (byte)'\\');
            if (special < 0)
                break;
            column.Append(value[..special]);
            column.Append((byte)'\\');
            column.Append(value[special]);
            value = value[(special + 1)..];
        }

        column.Append(value);
        column.Append((byte)'"');
    }
}
