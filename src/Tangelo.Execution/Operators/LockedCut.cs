using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Tangelo.Core;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>OFFSET and LIMIT of a query that locks rows: those that OFFSET leaves out are locked, too.</summary>
internal readonly record struct LockedCut(long Offset, long? Limit)
{
    /// <exception cref="PgException">One of them is negative.</exception>
    public static LockedCut Read(KeyOperand? offset, KeyOperand? limit, StatementRequest request) =>
        new(Count(offset, request, "2201X", "OFFSET") ?? 0, Count(limit, request, "2201W", "LIMIT"));

    /// <summary>Gives the rows after OFFSET.</summary>
    /// <returns>Their number.</returns>
    public async ValueTask<long> GiveAsync(IReadOnlyCollection<byte[]> locked, RowSink sink, CancellationToken cancellation)
    {
        foreach (var row in locked.Skip((int)Math.Min(Offset, int.MaxValue)))
            await sink.WriteAsync(row, cancellation).ConfigureAwait(false);
        sink.TaskCompleted();
        return Math.Max(0, locked.Count - Offset);
    }

    private static long? Count(KeyOperand? operand, StatementRequest request, string code, string clause)
    {
        var count = operand switch
        {
            LiteralKey { Text: { } text } => long.Parse(text, CultureInfo.InvariantCulture),
            ParameterKey { Number: var number } when request.Parameters.Value(number) is { } value => request.Parameters.IsBinary(number)
                ? Integer(value.Span)
                : long.Parse(Encoding.UTF8.GetString(value.Span), CultureInfo.InvariantCulture),
            _ => default(long?),
        };
        return count >= 0 || count is null ? count : throw new PgException(code, $"{clause} must not be negative");
    }

    private static long Integer(ReadOnlySpan<byte> value) => value.Length switch
    {
        2 => BinaryPrimitives.ReadInt16BigEndian(value),
        4 => BinaryPrimitives.ReadInt32BigEndian(value),
        _ => BinaryPrimitives.ReadInt64BigEndian(value),
    };
}
