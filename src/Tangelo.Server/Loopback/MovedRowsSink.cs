using System.Buffers.Binary;
using System.Text;
using Tangelo.Catalog;
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
        $"CASE WHEN tableoid <> {ShardNames.Literal(LoopbackRowIds.NameOf(partition, shard))}::pg_catalog.regclass THEN tableoid END, ctid";

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
        var fields = BinaryPrimitives.ReadInt16BigEndian(message[5..]);
        var position = 7;
        for (var i = 0; i < fields - 2; i++)
            position += 4 + Math.Max(BinaryPrimitives.ReadInt32BigEndian(message[position..]), 0);
        var length = BinaryPrimitives.ReadInt32BigEndian(message[position..]);
        if (length >= 0)
            Moved.Add($"({Encoding.UTF8.GetString(message.Slice(position + 4, length))}::pg_catalog.oid, '{Encoding.UTF8.GetString(message[(position + 8 + length)..])}'::pg_catalog.tid)");
        if (fields == 2)
            return null;
        var row = message[..position].ToArray();
        BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(1), position - 1);
        BinaryPrimitives.WriteInt16BigEndian(row.AsSpan(5), (short)(fields - 2));
        return row;
    }
}
