using System.Buffers.Binary;
using Tangelo.Execution.Results;

namespace Tangelo.Execution.Shards;

/// <summary>Who of several nodes may write to the sink that they share.</summary>
/// <param name="notices">What the nodes say meanwhile: passed on by whose turn it is.</param>
internal sealed class SinkTurns(NoticeQueue notices) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _stopped;

    /// <summary>True once a node has failed: what the others give is dropped.</summary>
    public bool IsStopped => Volatile.Read(ref _stopped) != 0;

    /// <summary>True for the first to say so.</summary>
    public bool Stop() => Interlocked.Exchange(ref _stopped, 1) == 0;

    public async ValueTask TakeAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        notices.Pass();
    }

    public void Return() => _turn.Release();

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();
}

/// <summary>One node's side of a shared sink: it keeps its turn to the end of a message, however many pieces that comes in.</summary>
internal sealed class TurnSink(SinkTurns turns, RowSink next) : RowSink, IDisposable
{
    private int _rest;

    /// <inheritdoc/>
    public override bool TakesPieces => next.TakesPieces;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
    {
        if (_rest == 0)
        {
            if (turns.IsStopped)
                return;
            await turns.TakeAsync(cancellation).ConfigureAwait(false);

            // Either whole messages, or a piece of one.
            var first = BinaryPrimitives.ReadInt32BigEndian(messages.Span[1..]) + 1;
            _rest = Math.Max(first, messages.Length);
        }

        try
        {
            await next.WriteAsync(messages, cancellation).ConfigureAwait(false);
            _rest -= messages.Length;
        }
        catch
        {
            _rest = 0;
            turns.Return();
            throw;
        }

        if (_rest == 0)
            turns.Return();
    }

    /// <inheritdoc/>
    public override void TaskCompleted() => next.TaskCompleted();

    /// <summary>The node has no more to write: a message that it began will not end.</summary>
    public void Dispose()
    {
        if (_rest > 0)
            turns.Return();
        _rest = 0;
    }
}
