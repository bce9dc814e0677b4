using System.Buffers;
using System.Buffers.Binary;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>Rows on their way to one shard: the data of one COPY command. The memory is pooled.</summary>
internal sealed class ShardBatch(CopyFormat format, int capacity) : IDisposable
{
    private readonly BatchLineMap _lines = new();
    private byte[] _bytes = [];
    private int _length;
    private int _limit;
    private bool _pooled;
    private int _readers;
    private long _longLine;

    /// <summary>Index into the table's shards.</summary>
    public int Shard { get; private set; }

    /// <summary>The long row that this batch stands for; else null.</summary>
    public RowPieces? Pieces { get; private set; }

    /// <summary>Where in the client's data the first row is.</summary>
    public long FirstLine { get; private set; }

    public int Length => _length;

    public bool IsEmpty => _length == 0;

    public ReadOnlyMemory<byte> Data => _bytes.AsMemory(0, _length);

    /// <summary>Makes the batch an empty one for <paramref name="shard"/> that is full with so many bytes.</summary>
    public void Begin(int shard, int limit)
    {
        Shard = shard;
        _limit = limit;
        Pieces = null;
        _length = 0;
        _lines.Clear();
        if (!_pooled)
            Dispose();
    }

    /// <summary>Makes the batch one long row for <paramref name="shard"/>.</summary>
    public void BeginLong(int shard, long clientLine)
    {
        Begin(shard, capacity);
        FirstLine = clientLine;
        Pieces = new RowPieces();
        EndLong(clientLine);
    }

    /// <summary>Notes where the long row is in the client's data. The node may count its lines otherwise.</summary>
    public void EndLong(long clientLine) => Interlocked.Exchange(ref _longLine, clientLine);

    /// <summary>True when a row of <paramref name="size"/> bytes fits; an empty batch takes a row of any size.</summary>
    public bool Fits(int size) => _length == 0 || size + BinaryCopyFormat.HeaderLength <= _limit - _length;

    /// <summary>
    /// Adds a row, which must fit. <paramref name="prefix"/> holds <paramref name="prefixFields"/> further fields that go before
    /// the row's own, each followed by a delimiter in text and CSV.
    /// </summary>
    public void Add(ReadOnlySpan<byte> prefix, int prefixFields, ReadOnlySpan<byte> raw, long clientLine)
    {
        if (_length == 0)
        {
            Open(prefix.Length + raw.Length);
            FirstLine = clientLine;
        }

        var target = _bytes.AsSpan(_length);
        if (format == CopyFormat.Binary)
        {
            raw[..sizeof(short)].CopyTo(target);
            if (prefixFields > 0)
                BinaryPrimitives.WriteInt16BigEndian(target, (short)(BinaryPrimitives.ReadInt16BigEndian(raw) + prefixFields));
            prefix.CopyTo(target[sizeof(short)..]);
            raw[sizeof(short)..].CopyTo(target[(sizeof(short) + prefix.Length)..]);
            _lines.Add(clientLine, 1);
            _length += prefix.Length + raw.Length;
            return;
        }

        _lines.Add(clientLine, format == CopyFormat.Csv ? WorkerLines(raw) : 1);
        prefix.CopyTo(target);
        raw.CopyTo(target[prefix.Length..]);
        target[prefix.Length + raw.Length] = (byte)'\n';
        _length += prefix.Length + raw.Length + 1;
    }

    /// <summary>Ends the data.</summary>
    public void Finish(BatchEnding ending)
    {
        if (format != CopyFormat.Binary)
        {
            // The end of the data ends a row too, unless it is empty.
            if (ending == BatchEnding.Broken && _length > 1 && _bytes[_length - 2] != '\n')
                _length--;
            return;
        }

        if (ending == BatchEnding.Broken)
            return;
        BinaryCopyFormat.Trailer.CopyTo(_bytes.AsSpan(_length));
        _length += BinaryCopyFormat.Trailer.Length;
    }

    /// <summary>The client's line for a line number of the worker that got this batch.</summary>
    public long? ClientLine(long workerLine) => Pieces is null ? _lines.Translate(workerLine) : Volatile.Read(ref _longLine);

    /// <summary>Several nodes will read the batch: each calls <see cref="Release"/>.</summary>
    public void Share(int readers) => _readers = readers;

    /// <summary>True for the last reader, which may use the batch for something else.</summary>
    public bool Release() => Interlocked.Decrement(ref _readers) == 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pooled)
            ArrayPool<byte>.Shared.Return(_bytes);
        _pooled = false;
        _bytes = [];
        _length = 0;
    }

    private void Open(int rowSize)
    {
        var needed = Math.Max(capacity, rowSize + BinaryCopyFormat.HeaderLength + BinaryCopyFormat.Trailer.Length);
        if (_bytes.Length < needed)
        {
            Dispose();
            _pooled = needed <= capacity;
            _bytes = _pooled ? ArrayPool<byte>.Shared.Rent(needed) : GC.AllocateUninitializedArray<byte>(needed);
        }

        if (format != CopyFormat.Binary)
            return;
        BinaryCopyFormat.Header.CopyTo(_bytes);
        _length = BinaryCopyFormat.HeaderLength;
    }

    /// <summary>
    /// How the worker counts the lines of a CSV row. Line ends in it stand in quotes; while the worker has not seen the end of
    /// its first line, it counts carriage returns, then newlines.
    /// </summary>
    private int WorkerLines(ReadOnlySpan<byte> raw) => 1 + raw.Count(_length == 0 ? (byte)'\r' : (byte)'\n');
}
