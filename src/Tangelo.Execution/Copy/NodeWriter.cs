using System.Threading.Channels;

namespace Tangelo.Execution.Copy;

/// <summary>
/// Sends batches to one node, one after the other. When one fails, the rest is dropped: the transaction is lost anyway.
/// </summary>
internal sealed class NodeWriter
{
    private readonly Channel<ShardBatch> _queue;
    private readonly Func<ShardBatch, ValueTask> _send;
    private readonly Action<ShardBatch> _release;
    private readonly Task _loop;
    private int _pending;
    private long _lastLine = long.MaxValue;

    /// <param name="capacity">How many batches may wait.</param>
    /// <param name="send">Sends one batch; its errors go to <paramref name="fail"/>.</param>
    /// <param name="release">Called once for each batch, sent or not.</param>
    /// <param name="fail">Told of the first error.</param>
    public NodeWriter(int capacity, Func<ShardBatch, ValueTask> send, Action<ShardBatch> release, Action<ShardBatch, Exception> fail)
    {
        _queue = Channel.CreateBounded<ShardBatch>(new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true });
        _send = send;
        _release = release;
        _loop = RunAsync(fail);
    }

    /// <summary>True when the node has nothing to do.</summary>
    public bool IsIdle => Pending == 0;

    /// <summary>The batches that the node has not taken yet.</summary>
    public int Pending => Volatile.Read(ref _pending);

    public bool TryEnqueue(ShardBatch batch)
    {
        Interlocked.Increment(ref _pending);
        if (_queue.Writer.TryWrite(batch))
            return true;
        Interlocked.Decrement(ref _pending);
        return false;
    }

    /// <summary>Waits until the node's queue has room.</summary>
    public ValueTask EnqueueAsync(ShardBatch batch, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _pending);
        return _queue.Writer.WriteAsync(batch, cancellationToken);
    }

    /// <summary>Drops of what waits the batches that begin after a line; what is being sent goes on.</summary>
    public void StopAfter(long line)
    {
        for (long last; line < (last = Volatile.Read(ref _lastLine)) && Interlocked.CompareExchange(ref _lastLine, line, last) != last;)
        {
        }
    }

    /// <summary>Waits until all batches are sent or dropped. Never throws.</summary>
    public Task FinishAsync()
    {
        _queue.Writer.TryComplete();
        return _loop;
    }

    private async Task RunAsync(Action<ShardBatch, Exception> fail)
    {
        await Task.Yield();
        await foreach (var batch in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                if (batch.FirstLine <= Volatile.Read(ref _lastLine))
                    await _send(batch).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                StopAfter(long.MinValue);
                fail(batch, e);
            }
            finally
            {
                Interlocked.Decrement(ref _pending);
                _release(batch);
            }
        }
    }
}
