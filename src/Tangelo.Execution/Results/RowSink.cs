namespace Tangelo.Execution.Results;

/// <summary>
/// Where rows go. It receives DataRow (or CopyData) messages as they came over the wire, many at a time. The bytes are valid
/// only until the returned task completes, which is how back-pressure reaches the worker.
/// </summary>
public abstract class RowSink
{
    /// <summary>True when a message may arrive in pieces, so that a long one needs no memory.</summary>
    public abstract bool TakesPieces { get; }

    /// <summary>Takes messages, or a piece of one.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation);

    /// <summary>A shard's statement has ended: all of its rows have been written, and the next ones are another's.</summary>
    public virtual void TaskCompleted()
    {
    }
}

/// <summary>Drops everything: the second and further replicas' rows.</summary>
public sealed class NullSink : RowSink
{
    /// <summary>The only instance.</summary>
    public static NullSink Instance { get; } = new();

    /// <inheritdoc/>
    public override bool TakesPieces => true;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation) => ValueTask.CompletedTask;
}
