using System.Buffers.Binary;
using Tangelo.Core;

namespace Tangelo.Execution.Intermediate;

/// <summary>
/// Turns rows into one array per column in PostgreSQL's binary form. Rows come as the bodies of DataRow messages in binary format: a field
/// there is the same bytes as an element here.
/// </summary>
internal sealed class BinaryArrayBuilder : IDisposable
{
    private const int HeaderSize = 20;

    private readonly PooledBytes[] _columns;
    private readonly bool[] _hasNull;
    private readonly Oid[] _types;
    private int _rows;

    public BinaryArrayBuilder(IEnumerable<Oid> types)
    {
        _types = [.. types];
        _hasNull = new bool[_types.Length];
        _columns = [.. _types.Select(_ => new PooledBytes())];
        foreach (var column in _columns)
        {
            column.Reserve(HeaderSize);
            column.Advance(HeaderSize);
        }
    }

    /// <summary>Adds a row.</summary>
    /// <exception cref="PgException">08P01 for a malformed body.</exception>
    public void Add(ReadOnlySpan<byte> dataRowBody)
    {
        var reader = new DataRowReader(dataRowBody);
        for (var i = 0; reader.Next(); i++)
        {
            var length = reader.IsNull ? -1 : reader.Value.Length;
            _hasNull[i] |= reader.IsNull;
            BinaryPrimitives.WriteInt32BigEndian(_columns[i].Reserve(sizeof(int)), length);
            _columns[i].Advance(sizeof(int));
            _columns[i].Append(reader.Value);
        }

        _rows++;
    }

    /// <summary>The arrays, in the order of the columns. Valid until Dispose.</summary>
    public byte[][] ToArrays() => [.. _columns.Select((c, i) => ToArray(c, i))];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var column in _columns)
            column.Dispose();
    }

    // Dimensions, flag of NULLs, element type, then length and lower bound of the one dimension. An empty array has none.
    private byte[] ToArray(PooledBytes column, int index)
    {
        var bytes = column.Written[..(_rows == 0 ? HeaderSize - 8 : column.Length)].ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, _rows == 0 ? 0 : 1);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), _hasNull[index] ? 1 : 0);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), _types[index].Value);
        if (_rows > 0)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(12), _rows);
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), 1);
        }

        return bytes;
    }
}
