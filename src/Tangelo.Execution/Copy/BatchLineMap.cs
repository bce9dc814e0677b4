namespace Tangelo.Execution.Copy;

/// <summary>
/// Which line of the client's data each row of a batch came from, so that a line number that a worker reports can be translated.
/// Kept as variable-length deltas: a byte or two for most rows.
/// </summary>
internal sealed class BatchLineMap
{
    private byte[] _bytes = new byte[1024];
    private int _length;
    private long _clientLine;

    /// <summary>Notes the next row: the client's line, and how many lines the worker will count for it.</summary>
    public void Add(long clientLine, int workerLines)
    {
        var delta = clientLine - _clientLine;
        _clientLine = clientLine;
        var zigzag = (ulong)((delta << 1) ^ (delta >> 63));
        if (_bytes.Length - _length < 20)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        Write((zigzag << 1) | (workerLines == 1 ? 0ul : 1ul));
        if (workerLines != 1)
            Write((ulong)workerLines);
    }

    /// <summary>The client's line of the row that holds the worker's line; null when the map is empty.</summary>
    public long? Translate(long workerLine)
    {
        long? client = null;
        long clientLine = 0, line = 0;
        for (var at = 0; at < _length && line < workerLine;)
        {
            var first = Read(ref at);
            var zigzag = first >> 1;
            clientLine += (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
            line += (first & 1) == 0 ? 1 : (long)Read(ref at);
            client = clientLine;
        }

        return client;
    }

    public void Clear()
    {
        _length = 0;
        _clientLine = 0;
    }

    private void Write(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes[_length++] = (byte)(value | 0x80);
        _bytes[_length++] = (byte)value;
    }

    private ulong Read(ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = _bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
