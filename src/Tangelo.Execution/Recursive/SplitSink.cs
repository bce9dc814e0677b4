using System.Buffers.Binary;
using System.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Pruning;
using Tangelo.Core;
using Tangelo.Execution.Intermediate;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Recursive;

/// <summary>
/// Deals rows out to the parts of a result by the hash of one of their fields. The other fields are not looked at. Rows without a key go together to
/// one part: they have no partners in a join, and an outer join wants to see each of them once.
/// </summary>
internal sealed class SplitSink(IExecutionContext context, ResultSplit split, bool isBinary, IReadOnlyList<RowSpool> parts) : RowSink
{
    private readonly ShardResolver _resolver = new(context);
    private readonly Oid _type = split.Table.DistributionColumn!.Type;

    /// <inheritdoc/>
    public override bool TakesPieces => false;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
    {
        while (messages.Length > 0)
        {
            var row = messages[..(BinaryPrimitives.ReadInt32BigEndian(messages.Span[1..]) + 1)];
            if (!TryFind(row.Span, out var part))
                part = await FindAsync(row, cancellation).ConfigureAwait(false);
            await parts[part].WriteAsync(row, cancellation).ConfigureAwait(false);
            messages = messages[row.Length..];
        }
    }

    private bool TryFind(ReadOnlySpan<byte> row, out int part)
    {
        var key = Key(row);
        if (key.IsNull)
        {
            part = ShardRing.FindShardOfNull(split.Table);
            return true;
        }

        part = -1;
        return (context.ValuesComeAsStored || Ascii.IsValid(key.Value)) && KeyRouter.TryRoute(split.Table, key.Value, isBinary, _type, out part) && part >= 0;
    }

    // Only PostgreSQL can hash it.
    private async ValueTask<int> FindAsync(ReadOnlyMemory<byte> row, CancellationToken cancellation) =>
        await _resolver.RouteAsync(split.Table, Key(row.Span).Value.ToArray(), isBinary, _type, cancellation).ConfigureAwait(false)
        ?? throw new PgException(SqlState.InternalError, "a row of an intermediate result belongs to no shard");

    private DataRowReader Key(ReadOnlySpan<byte> row)
    {
        var reader = new DataRowReader(row[5..]);
        for (var i = 0; i <= split.KeyIndex; i++)
            reader.Next();
        return reader;
    }
}
