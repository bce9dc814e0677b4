using System.Buffers.Binary;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;

namespace Tangelo.Execution.Explain;

/// <summary>Counts the rows of each task and the bytes of their values, and passes them on.</summary>
internal sealed class TaskVolumeSink(RowSink next) : RowSink
{
    private TaskVolume _current;

    public override bool TakesPieces => false;

    /// <summary>The tasks that have ended, in their order.</summary>
    public List<TaskVolume> Tasks { get; } = [];

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
    {
        for (var rest = messages.Span; rest.Length > 0;)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(rest[1..]) + 1;
            _current = new TaskVolume(_current.Rows + 1, _current.Bytes + ValueBytes(rest[5..size]));
            rest = rest[size..];
        }

        return next.WriteAsync(messages, cancellation);
    }

    public override void TaskCompleted()
    {
        Tasks.Add(_current);
        _current = default;
    }

    private static long ValueBytes(ReadOnlySpan<byte> row)
    {
        var reader = new MessageReader(row);
        long bytes = 0;
        for (var left = reader.ReadInt16(); left > 0; left--)
        {
            var length = reader.ReadInt32();
            if (length > 0)
                bytes += reader.ReadBytes(length).Length;
        }

        return bytes;
    }
}

/// <summary>What a task has sent: <paramref name="Bytes"/> counts values only, without the protocol's framing.</summary>
internal readonly record struct TaskVolume(long Rows, long Bytes);
