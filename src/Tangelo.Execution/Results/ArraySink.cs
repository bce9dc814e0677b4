using System.Buffers.Binary;
using Tangelo.Execution.Intermediate;

namespace Tangelo.Execution.Results;

/// <summary>Collects rows in text form, column by column, as array literals that the coordinator can unnest.</summary>
public sealed class ArraySink : RowSink, IDisposable
{
    /// <summary>The columns.</summary>
    public TextArrayBuilder Arrays { get; } = new();

    /// <inheritdoc/>
    public override bool TakesPieces => false;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
    {
        var rest = messages.Span;
        while (rest.Length > 0)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(rest[1..]) + 1;
            Arrays.Add(rest[5..size]);
            rest = rest[size..];
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => Arrays.Dispose();
}
