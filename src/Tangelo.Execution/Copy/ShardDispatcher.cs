using System.Collections.Concurrent;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>
/// Gathers rows by shard and hands full batches to the nodes' writers. Rows are added without waiting; who adds them calls
/// <see cref="FlushFullAsync"/> now and then, which waits for nodes that are behind.
/// </summary>
internal sealed class ShardDispatcher : IAsyncDisposable
{
    private const int MinBatchBytes = 64 * 1024;

    private readonly DistributedTable _table;
    private readonly CopyFormat _format;
    private readonly CopyFromSettings _settings;
    private readonly CancellationToken _cancellation;
    private readonly int _batchBytes;
    private readonly ShardBatch?[] _filling;

    // Shards fill at the same pace: each begins with another size, so that not all of them are full at the same time and nothing is to do in between.
    private readonly int[] _limits;
    private readonly Queue<ShardBatch> _full = new();
    private readonly Queue<RowPieces> _ended = new();
    private readonly ConcurrentBag<ShardBatch> _free = [];
    private readonly Dictionary<GroupId, NodeWriter> _writers = [];
    private readonly List<(Exception Error, long? Line)> _failures = [];
    private readonly long[] _taken;
    private ShardBatch? _long;
    private int _turn;
    private long _buffered;
    private long _rows;
    private volatile bool _failed;

    public ShardDispatcher(
        DistributedTable table, CopyFormat format, ICopyTarget target, CopyFromSettings settings, CancellationToken cancellation)
    {
        _table = table;
        _format = format;
        _settings = settings;
        _cancellation = cancellation;
        _filling = new ShardBatch?[table.Shards.Length];
        _taken = new long[table.Shards.Length];
        _batchBytes = Math.Min(settings.BatchBytes, Math.Max(MinBatchBytes, 2 * settings.TotalBytes / table.Shards.Length));
        _limits = [.. Enumerable.Range(1, table.Shards.Length).Select(i => Math.Max(Math.Min(MinBatchBytes, _batchBytes), (int)((long)_batchBytes * i / table.Shards.Length)))];
        foreach (var group in table.Shards.SelectMany(s => s.Placements).Distinct())
            _writers[group] = new NodeWriter(group, target, settings.QueuedBatches, (batch, rows) => Count(group, batch, rows), Release, Fail, cancellation);
    }

    /// <summary>The rows that the nodes have taken; each once, however many placements it went to.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>Adds a row to its shard's batch. <paramref name="prefix"/> is as for <see cref="ShardBatch.Add"/>.</summary>
    public void Add(int shard, ReadOnlySpan<byte> prefix, int prefixFields, ReadOnlySpan<byte> raw, long line)
    {
        var batch = _filling[shard];
        if (batch is null || !batch.Fits(prefix.Length + raw.Length))
        {
            if (batch is not null)
                Close(shard);
            batch = _filling[shard] = Take(shard);
        }

        var before = batch.Length;
        batch.Add(prefix, prefixFields, raw, line);
        _buffered += batch.Length - before;
        _taken[shard] += batch.Length - before;
    }

    /// <summary>Adds a row that may go to every shard: one batch to this one, the next to that one, whoever is least behind.</summary>
    public void AddToAny(ReadOnlySpan<byte> prefix, int prefixFields, ReadOnlySpan<byte> raw, long line)
    {
        if (_filling[_turn] is not { } batch || !batch.Fits(prefix.Length + raw.Length))
        {
            if (_filling[_turn] is not null)
                Close(_turn);
            _turn = LeastBehind();
        }

        Add(_turn, prefix, prefixFields, raw, line);
    }

    /// <summary>The bytes that were added for a shard since this was asked last.</summary>
    public long TakeCount(int shard)
    {
        var taken = _taken[shard];
        _taken[shard] = 0;
        return taken;
    }

    /// <summary>Begins a row that comes in pieces. False when only whole rows can go to this shard: each copy of it would have to keep up with the others.</summary>
    public bool BeginLong(int shard, long line)
    {
        if (_table.Shards[shard].Placements.Length != 1)
            return false;
        if (_filling[shard] is not null)
            Close(shard);
        if (!_free.TryTake(out var batch))
            batch = new ShardBatch(_format, _batchBytes);
        batch.BeginLong(shard, line);
        _full.Enqueue(_long = batch);
        return true;
    }

    /// <summary>The next bytes of the row that was begun.</summary>
    public void AddLong(ReadOnlySpan<byte> bytes) => _long!.Pieces!.Add(bytes);

    /// <summary>The row that was begun has ended.</summary>
    public void EndLong(long line)
    {
        _long!.Pieces!.Add("\n"u8);
        _long.Pieces.End();
        _long.EndLong(line);
        _ended.Enqueue(_long.Pieces);
        _long = null;
    }

    /// <summary>The row that was begun, if there is one, has no end: its shard is told so, and what it says does not count.</summary>
    public void AbandonLong()
    {
        _long?.Pieces!.Abandon();
        _long = null;
    }

    /// <summary>Gives full batches to the writers, and the largest others to idle nodes and while too much is buffered. Throws when a node has failed.</summary>
    public async ValueTask FlushFullAsync()
    {
        await ThrowIfFailedAsync().ConfigureAwait(false);
        while (_buffered > _settings.TotalBytes && Largest(_ => true) is { } shard)
            Close(shard);
        FeedIdleNodes();
        await EnqueueFullAsync().ConfigureAwait(false);
    }

    /// <summary>Gives all rows to the writers. Throws when a node has failed.</summary>
    /// <param name="ending">Whether the data ends with complete rows.</param>
    public async ValueTask FlushAllAsync(BatchEnding ending = BatchEnding.Complete)
    {
        await ThrowIfFailedAsync().ConfigureAwait(false);
        while (Largest(_ => true) is { } shard)
            Close(shard, ending);
        await EnqueueFullAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until the nodes have taken everything. Throws when one fails. Nothing may be added afterwards.</summary>
    public async ValueTask CompleteAsync()
    {
        foreach (var writer in _writers.Values)
            await writer.FinishAsync().ConfigureAwait(false);
        if (!_failed)
            return;
        lock (_failures)
            throw _failures.MinBy(f => f.Line ?? long.MaxValue).Error;
    }

    /// <summary>Drops what has not been sent and waits for what is being sent.</summary>
    public async ValueTask DisposeAsync()
    {
        AbandonPieces();
        StopWriters(long.MinValue);
        foreach (var writer in _writers.Values)
            await writer.FinishAsync().ConfigureAwait(false);
        foreach (var batch in _filling.Concat(_full).Concat(_free))
            batch?.Dispose();
    }

    private void AbandonPieces()
    {
        AbandonLong();
        while (_ended.TryDequeue(out var pieces))
            pieces.Abandon();
    }

    private ShardBatch Take(int shard)
    {
        if (!_free.TryTake(out var batch))
            batch = new ShardBatch(_format, _batchBytes);
        batch.Begin(shard, _limits[shard]);
        _limits[shard] = _batchBytes;
        return batch;
    }

    private void Close(int shard, BatchEnding ending = BatchEnding.Complete) => _full.Enqueue(Detach(shard, ending));

    private ShardBatch Detach(int shard, BatchEnding ending = BatchEnding.Complete)
    {
        var batch = _filling[shard]!;
        _filling[shard] = null;
        _buffered -= batch.Length;
        batch.Finish(ending);
        return batch;
    }

    private int? Largest(Func<Shard, bool> eligible)
    {
        int? largest = null;
        for (var i = 0; i < _filling.Length; i++)
        {
            if (_filling[i] is { } batch && batch.Length > (largest is { } l ? _filling[l]!.Length : 0) && eligible(_table.Shards[i]))
                largest = i;
        }

        return largest;
    }

    private int LeastBehind()
    {
        var (chosen, least) = (_turn, int.MaxValue);
        for (var next = 1; next <= _filling.Length && least > 0; next++)
        {
            var shard = (_turn + next) % _filling.Length;
            var behind = 0;
            foreach (var group in _table.Shards[shard].Placements)
                behind = Math.Max(behind, _writers[group].Pending);
            if (behind < least)
                (chosen, least) = (shard, behind);
        }

        return chosen;
    }

    // A node that waits for the end of a row takes no further batches.
    private async ValueTask EnqueueFullAsync()
    {
        while (_ended.TryDequeue(out var pieces))
            await pieces.FlushAsync(_cancellation).ConfigureAwait(false);
        while (_full.TryDequeue(out var batch))
            await EnqueueAsync(batch).ConfigureAwait(false);
        if (_long is not null)
            await _long.Pieces!.FlushAsync(_cancellation).ConfigureAwait(false);
    }

    private async ValueTask EnqueueAsync(ShardBatch batch)
    {
        var placements = _table.Shards[batch.Shard].Placements;
        batch.Share(placements.Length);
        foreach (var group in placements)
        {
            var writer = _writers[group];
            if (writer.TryEnqueue(batch))
                continue;
            FeedIdleNodes();
            await writer.EnqueueAsync(batch, _cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>A node that has nothing to do gets what there is for it, full or not.</summary>
    private void FeedIdleNodes()
    {
        foreach (var (group, writer) in _writers)
        {
            if (!writer.IsIdle || Largest(s => s.Placements.Length == 1 && s.Placements[0] == group) is not { } shard
                || _filling[shard]!.Length < MinBatchBytes)
                continue;

            var batch = Detach(shard);
            batch.Share(1);
            if (!writer.TryEnqueue(batch))
                _full.Enqueue(batch);
        }
    }

    private void Count(GroupId group, ShardBatch batch, long rows)
    {
        if (_table.Shards[batch.Shard].Placements[0] == group)
            Interlocked.Add(ref _rows, rows);
    }

    private void Release(ShardBatch batch)
    {
        batch.Pieces?.Close();
        if (batch.Release())
            _free.Add(batch);
    }

    private void Fail(ShardBatch batch, Exception error)
    {
        if (batch.Pieces is { IsAbandoned: true })
            return;
        long? line = null;
        if (error is PgException worker)
        {
            var shard = Catalog.ShardNames.Extend(_table.Name, _table.Shards[batch.Shard].Id);
            (error, line) = CopyContext.Translate(worker, _table.Name, shard, batch.ClientLine);
        }

        lock (_failures)
            _failures.Add((error, line));
        _failed = true;
        StopWriters(line ?? long.MinValue);
    }

    private void StopWriters(long line)
    {
        foreach (var writer in _writers.Values)
            writer.StopAfter(line);
    }

    /// <summary>Of several errors, PostgreSQL would have met the one in the first line: other nodes go on until there.</summary>
    private ValueTask ThrowIfFailedAsync()
    {
        if (!_failed)
            return default;
        AbandonPieces();
        return CompleteAsync();
    }
}
