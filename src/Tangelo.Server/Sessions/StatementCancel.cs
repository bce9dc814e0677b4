namespace Tangelo.Server.Sessions;

/// <summary>
/// Cancels of one session's statements. A server ignores a CancelRequest while it has nothing to do, and a statement may be between two servers, or
/// waiting for a connection, when the client asks: so the request is sent again while that same statement runs. The next statement does not begin while one is under way.
/// </summary>
/// <param name="isRunning">False when the session waits for its client.</param>
/// <param name="isEnding">True while the transaction is being committed or rolled back: nothing of that has to be waited for, and what was sent once is enough.</param>
/// <param name="send">Sends a request to every server that works for the session now; returns when they have it.</param>
internal sealed class StatementCancel(Func<bool> isRunning, Func<bool> isEnding, Func<Task> send)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private Task _sending = Task.CompletedTask;
    private volatile bool _isAsked;
    private long _statement;

    /// <summary>Cancels what runs now. Returns when the servers have been told once.</summary>
    /// <remarks>May be called from any thread.</remarks>
    public async Task RequestAsync()
    {
        long statement;
        bool isFirst;
        Task sending;
        lock (_gate)
        {
            if (!isRunning())
                return;
            statement = _statement;
            isFirst = !_isAsked;
            _isAsked = true;
            _sending = sending = SendAfterAsync(_sending);
        }

        await sending.ConfigureAwait(false);
        if (isFirst)
            _ = RepeatAsync(statement);
    }

    /// <summary>The statement is over, and what was asked for it concerns no other.</summary>
    public ValueTask StatementEndedAsync()
    {
        if (!_isAsked)
            return ValueTask.CompletedTask;
        lock (_gate)
        {
            _statement++;
            _isAsked = false;
            return new ValueTask(_sending);
        }
    }

    private async Task SendAfterAsync(Task earlier)
    {
        await earlier.ConfigureAwait(false);
        await send().ConfigureAwait(false);
    }

    private async Task RepeatAsync(long statement)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause).ConfigureAwait(false);
            Task sending;
            lock (_gate)
            {
                if (_statement != statement)
                    return;
                if (!isRunning())
                {
                    _isAsked = false;
                    return;
                }

                if (isEnding())
                    continue;
                _sending = sending = SendAfterAsync(_sending);
            }

            await sending.ConfigureAwait(false);
        }
    }
}
