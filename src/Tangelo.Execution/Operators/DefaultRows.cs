using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Appends the coordinator's defaults to the rows of an INSERT ... SELECT, fetching them many at a time.</summary>
internal sealed class DefaultRows(IExecutionContext context, InsertSelectPlan plan, long rowCount)
{
    private const int BatchSize = 10_000;

    private readonly ArrayBufferWriter<byte> _row = new();
    private string?[][] _batch = [];
    private int _next;
    private long _left = rowCount;

    /// <summary>The row with the defaults behind its own fields; valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ExtendAsync(ReadOnlyMemory<byte> row, CancellationToken cancellation)
    {
        if (plan.CoordinatorDefaults.IsEmpty)
            return row;
        if (_next == _batch.Length)
        {
            var size = (int)Math.Clamp(_left, 1, BatchSize);
            _batch = await CoordinatorDefaults.ComputeAsync(context, plan.CoordinatorDefaults, size, cancellation).ConfigureAwait(false);
            _next = 0;
            _left -= size;
        }

        return Append(row.Span, _batch[_next++]);
    }

    private ReadOnlyMemory<byte> Append(ReadOnlySpan<byte> row, string?[] values)
    {
        _row.ResetWrittenCount();
        BinaryPrimitives.WriteInt16BigEndian(_row.GetSpan(2), (short)(BinaryPrimitives.ReadInt16BigEndian(row) + values.Length));
        _row.Advance(2);
        _row.Write(row[2..]);
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt32BigEndian(_row.GetSpan(4), value is null ? -1 : Encoding.UTF8.GetByteCount(value));
            _row.Advance(4);
            if (value is not null)
                Encoding.UTF8.GetBytes(value, _row);
        }

        return _row.WrittenMemory;
    }
}
