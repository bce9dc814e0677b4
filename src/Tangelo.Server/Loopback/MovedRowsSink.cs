using System.Buffers.Binary;
using Tangelo.Catalog.Model;
using Tangelo.Execution.Results;

namespace Tangelo.Server.Loopback;

/// <summary>
/// Passes rows on without their last two fields, which are those of <see cref="PlaceSql"/>, and keeps the places of the rows that have left their partition.
/// </summary>
internal sealed class MovedRowsSink(RowSink next) : RowSink
{
    /// <summary>The places, each a row of VALUES: tableoid and ctid.</summary>
    public List<string> Moved { get; } = [];

    /// <inheritdoc/>
    public override bool TakesPieces => false;

    /// <summary>Where a row is, if it has left its partition: columns for RETURNING.</summary>
    public static string PlaceSql(DistributedTable partition, int shard) =>
        $"CASE WHEN tableoid <> {LoopbackUpdate.OidOf(partition, shard)} THEN tableoid END, ctid";

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
    {
        while (messages.Length > 0)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(messages.Span[1..]) + 1;
            if (Take(messages.Span[..size]) is { } row)
                await next.WriteAsync(row, cancellation).ConfigureAwait(false);
            messages = messages[size..];
        }
    }

    private byte[]? Take(ReadOnlySpan<byte> message)
    {
        var (row, places) = TrailingTexts.Take(message, 2);
        if (places[0] is { } table)
            Moved.Add($"({table}::pg_catalog.oid, '{places[1]}'::pg_catalog.tid)");
        return BinaryPrimitives.ReadInt16BigEndian(row.AsSpan(5)) == 0 ? null : row;
    }
}
