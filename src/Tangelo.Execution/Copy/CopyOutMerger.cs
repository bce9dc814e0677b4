using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>
/// Makes one COPY TO stream of those of several shards, which were asked without HEADER. Sans I/O: the payloads of CopyData
/// messages go in, and come out as they are or shortened. In order: <see cref="Begin"/>; for each shard <see cref="BeginShard"/>
/// and <see cref="Take"/> with each whole payload; <see cref="End"/>. In text and CSV only Begin has something to do.
/// </summary>
public sealed class CopyOutMerger(CopyOptions options, IReadOnlyList<string> columnNames)
{
    private bool _atShardStart;

    /// <summary>The payload that comes before all rows: a header line or the binary header; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Begin()
    {
        if (options.Format == CopyFormat.Binary)
            return BinaryCopyFormat.Header.ToArray();
        return options.Header == CopyHeader.None ? default : CopyHeaderLine.Encode(options, columnNames);
    }

    /// <summary>The next payload is the first one of a shard.</summary>
    public void BeginShard() => _atShardStart = true;

    /// <summary>What of a payload goes to the client; empty: nothing.</summary>
    public ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> payload)
    {
        if (options.Format != CopyFormat.Binary)
            return payload;

        // PostgreSQL sends the header in front of the first tuple, and the trailer by itself.
        if (_atShardStart)
            payload = payload[BinaryCopyFormat.HeaderLength..];
        _atShardStart = false;
        return payload.Span.SequenceEqual(BinaryCopyFormat.Trailer) ? default : payload;
    }

    /// <summary>The payload that comes after all rows; empty when there is none.</summary>
    public ReadOnlyMemory<byte> End() => options.Format == CopyFormat.Binary ? BinaryCopyFormat.Trailer.ToArray() : default;
}
