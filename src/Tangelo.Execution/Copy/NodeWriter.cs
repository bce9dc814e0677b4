using System.Threading.Channels;
using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>
/// Sends batches to one node, one after the other. The next one is on its way while the node works on the one before, so that it never waits. When one fails, the
/// rest is dropped: the transaction is lost anyway.
/// </summary>
internal sealed class NodeWriter
{
    private readonly GroupId _group;
    private readonly ICopyTarget _target;
    private readonly Channel<ShardBatch> _queue;

    // One waits here while the reply to another is waited for.
    private readonly Channel<(ShardBatch Batch, ICopyCommand Command, Task Sending)> _begun =
        Channel.CreateBounded<(ShardBatch, ICopyCommand, Task)>(new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });

    private readonly Action<ShardBatch, long> _taken;
    private readonly Action<ShardBatch> _release;
    private readonly Action<ShardBatch, Exception> _fail;
    private readonly CancellationToken _cancellation;
    private readonly Task _loops;
    private int _pending;
    private int _failed;
    private long _lastLine = long.MaxValue;

    /// <param name="group">The node.</param>
    /// <param name="target">Where the commands run.</param>
    /// <param name="capacity">How many batches may wait.</param>
    /// <param name="taken">Told of each batch that the node has taken, and of its number of rows.</param>
    /// <param name="release">Called once for each batch, sent or not.</param>
    /// <param name="fail">Told of the first error.</param>
    /// <param name="cancellation">Gives up.</param>
    public NodeWriter(
        GroupId group, ICopyTarget target, int capacity, Action<ShardBatch, long> taken, Action<ShardBatch> release, Action<ShardBatch, Exception> fail, CancellationToken cancellation)
    {
        _group = group;
        _target = target;
        _queue = Channel.CreateBounded<ShardBatch>(new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true });
        _taken = taken;
        _release = release;
        _fail = fail;
        _cancellation = cancellation;
        _loops = Task.WhenAll(SendAllAsync(), ReadRepliesAsync());
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
        return _loops;
    }

    private async Task SendAllAsync()
    {
        await Task.Yield();
        await foreach (var batch in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await _begun.Writer.WaitToWriteAsync().ConfigureAwait(false);
            if (batch.FirstLine > Volatile.Read(ref _lastLine))
            {
                End(batch);
                continue;
            }

            try
            {
                var command = await _target.BeginAsync(_group, batch.Shard, _cancellation).ConfigureAwait(false);
                var sending = SendAsync(command, batch);
                _begun.Writer.TryWrite((batch, command, sending));
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                Fail(batch, e);
                End(batch);
            }
        }

        _begun.Writer.Complete();
    }

    private async Task SendAsync(ICopyCommand command, ShardBatch batch)
    {
        if (batch.Pieces is { } pieces)
            await command.SendAsync(pieces.ReadAsync(), _cancellation).ConfigureAwait(false);
        else
            await command.SendAsync(batch.Data, _cancellation).ConfigureAwait(false);
    }

    private async Task ReadRepliesAsync()
    {
        await foreach (var (batch, command, sending) in _begun.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                var rows = await command.ReadReplyAsync(_cancellation).ConfigureAwait(false);
                await sending.ConfigureAwait(false);
                _taken(batch, rows);
            }
            catch (Exception e)
            {
                Fail(batch, e);
            }

            // The node may refuse a batch before it has come to its end.
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            End(batch);
        }
    }

    // What comes after an error of this node is its consequence.
    private void Fail(ShardBatch batch, Exception error)
    {
        StopAfter(long.MinValue);
        if (Interlocked.Exchange(ref _failed, 1) == 0)
            _fail(batch, error);
    }

    private void End(ShardBatch batch)
    {
        Interlocked.Decrement(ref _pending);
        _release(batch);
    }
}
