using System.Buffers.Binary;
using System.Text;
using Tangelo.Protocol.Messages;

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

    /// <summary>The rows as texts; right only for results in text form.</summary>
    public List<string?[]> ReadText() =>
        [.. ReadBytes().Select(row => Array.ConvertAll(row, value => value is null ? null : Encoding.UTF8.GetString(value)))];

    /// <summary>The values as they came, null for NULL.</summary>
    public List<byte[]?[]> ReadBytes()
    {
        var rows = new List<byte[]?[]>(Rows.Count);
        foreach (var message in Rows)
        {
            var reader = new MessageReader(message.AsSpan(5));
            var values = new byte[]?[reader.ReadInt16()];
            for (var i = 0; i < values.Length; i++)
            {
                var length = reader.ReadInt32();
                values[i] = length < 0 ? null : reader.ReadBytes(length).ToArray();
            }

            rows.Add(values);
        }

        return rows;
    }
}
