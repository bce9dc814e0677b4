namespace Tangelo.Workers.Pooling;

/// <summary>
/// So many places, which are given out first come first served. How many there are may change: who has a place keeps it, and nobody gets one until enough are free again.
/// </summary>
/// <param name="capacity">How many there are at first.</param>
public sealed class Places(int capacity)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource<bool>> _waiting = new();
    private int _capacity = capacity;
    private int _taken;
    private int _waitingCount;

    /// <summary>How many there are.</summary>
    public int Capacity
    {
        get => Volatile.Read(ref _capacity);
        set
        {
            lock (_gate)
            {
                _capacity = value;
                AdmitLocked();
            }
        }
    }

    /// <summary>How many are taken; more than there are, for a while, after there have become fewer.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>How many wait.</summary>
    public int Waiting => Volatile.Read(ref _waitingCount);

    /// <summary>Takes a place if one is free and nobody waits.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_taken >= _capacity || _waiting.Count > 0)
                return false;
            _taken++;
            return true;
        }
    }

    /// <summary>Waits for a place; <see cref="Leave"/> gives it back.</summary>
    /// <param name="patience">How long.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="ahead">Comes before all who wait.</param>
    /// <returns>False when none became free in time.</returns>
    public ValueTask<bool> EnterAsync(TimeSpan patience, CancellationToken cancellation, bool ahead = false)
    {
        cancellation.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource<bool>> waiter;
        lock (_gate)
        {
            if (_taken < _capacity && (ahead || _waiting.Count == 0))
            {
                _taken++;
                return ValueTask.FromResult(true);
            }

            // Whoever leaves goes on with work of its own.
            waiter = new(new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
            if (ahead)
                _waiting.AddFirst(waiter);
            else
                _waiting.AddLast(waiter);
            _waitingCount++;
        }

        return new ValueTask<bool>(WaitAsync(waiter, patience, cancellation));
    }

    /// <summary>Gives a place back.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _taken--;
            AdmitLocked();
        }
    }

    private async Task<bool> WaitAsync(LinkedListNode<TaskCompletionSource<bool>> waiter, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            return await waiter.Value.Task.WaitAsync(patience, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                // It may have become free just now.
                if (waiter.List is null && e is TimeoutException)
                    return true;
                if (waiter.List is null)
                {
                    _taken--;
                }
                else
                {
                    _waiting.Remove(waiter);
                    _waitingCount--;
                }

                AdmitLocked();
            }

            if (e is TimeoutException)
                return false;
            throw;
        }
    }

    private void AdmitLocked()
    {
        while (_taken < _capacity && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            _waitingCount--;
            _taken++;
            first.Value.SetResult(true);
        }
    }
}
