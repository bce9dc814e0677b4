using System.Buffers.Binary;

namespace Tangelo.Execution.Results;

/// <summary>Keeps a few rows as single messages.</summary>
public sealed class RowListSink : RowSink
{
    /// <inheritdoc/>
    public override bool TakesPieces => false;

    /// <summary>The rows, each a whole DataRow message.</summary>
    public List<byte[]> Rows { get; } = [];

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
    {
        while (messages.Length > 0)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(messages.Span[1..]) + 1;
            Rows.Add(messages[..size].ToArray());
            messages = messages[size..];
        }

        return ValueTask.CompletedTask;
    }
}
