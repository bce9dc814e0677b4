using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>
/// Makes one COPY TO stream of those of several shards, which were asked without HEADER. Sans I/O: the payloads of CopyData
/// messages go in, and come out as they are or shortened. In order: <see cref="Begin"/>; for each shard <see cref="BeginShard"/>
/// and <see cref="Take"/> with each whole payload; <see cref="End"/>. In text and CSV only Begin has something to do. Drivers count
/// on PostgreSQL's messages: one row in each, the binary header in front of the first row, the trailer by itself after the last.
/// </summary>
public sealed class CopyOutMerger(CopyOptions options, IReadOnlyList<string> columnNames)
{
    private bool _atShardStart;
    private bool _owesHeader = options.Format == CopyFormat.Binary;

    /// <summary>The payload that comes before all rows: a header line; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Begin() =>
        options.Format == CopyFormat.Binary || options.Header == CopyHeader.None ? default : CopyHeaderLine.Encode(options, columnNames);

    /// <summary>The next payload is the first one of a shard.</summary>
    public void BeginShard() => _atShardStart = true;

    /// <summary>What of a payload goes to the client; empty: nothing.</summary>
    public ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> payload)
    {
        if (options.Format != CopyFormat.Binary)
            return payload;

        var whole = payload;
        if (_atShardStart)
            payload = payload[BinaryCopyFormat.HeaderLength..];
        var withHeader = _atShardStart && _owesHeader;
        _atShardStart = false;
        if (payload.Span.SequenceEqual(BinaryCopyFormat.Trailer))
            return default;
        if (!withHeader)
            return payload;
        _owesHeader = false;
        return whole;
    }

    /// <summary>The payload that comes after all rows; empty when there is none.</summary>
    public ReadOnlyMemory<byte> End()
    {
        if (options.Format != CopyFormat.Binary)
            return default;
        return _owesHeader ? (byte[])[.. BinaryCopyFormat.Header, .. BinaryCopyFormat.Trailer] : BinaryCopyFormat.Trailer.ToArray();
    }
}
