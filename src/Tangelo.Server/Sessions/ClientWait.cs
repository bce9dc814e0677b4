namespace Tangelo.Server.Sessions;

/// <summary>A session waits for its client. Meanwhile somebody else may look at what is the session's; when the client is heard of, the session waits for the end of that.</summary>
internal sealed class ClientWait
{
    private const int Over = 0;
    private const int Waiting = 1;
    private const int LookedAt = 2;

    private int _state;
    private TaskCompletionSource? _look;

    public void Begin() => Volatile.Write(ref _state, Waiting);

    /// <summary>The client has sent something, or is gone.</summary>
    public ValueTask EndAsync() => Interlocked.Exchange(ref _state, Over) == LookedAt ? new ValueTask(_look!.Task) : ValueTask.CompletedTask;

    /// <summary>Looks, if the session still waits. Never called again before it has ended.</summary>
    public async Task LookAsync(Func<Task> look)
    {
        var done = _look = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _state, LookedAt, Waiting) != Waiting)
            return;
        try
        {
            await look().ConfigureAwait(false);
        }
        finally
        {
            Interlocked.CompareExchange(ref _state, Waiting, LookedAt);
            done.SetResult();
        }
    }
}
