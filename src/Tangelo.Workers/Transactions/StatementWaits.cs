namespace Tangelo.Workers.Transactions;

/// <summary>What the statements of one session wait for in the router, and no server could be told to cancel.</summary>
public sealed class StatementWaits
{
    private readonly Lock _gate = new();
    private readonly List<StatementWait> _waiting = [];

    /// <summary>Waits; <see cref="Cancel"/> and the statement's time limit end it.</summary>
    /// <param name="settings">Those in force.</param>
    /// <param name="wait">What takes time.</param>
    /// <param name="cancellation">Gives up for other reasons.</param>
    /// <exception cref="Tangelo.Core.PgException">57014, or what the wait fails with.</exception>
    public async ValueTask<T> RunAsync<T>(SessionSettings settings, Func<CancellationToken, ValueTask<T>> wait, CancellationToken cancellation)
    {
        using var waiting = new StatementWait(settings, cancellation);
        lock (_gate)
            _waiting.Add(waiting);
        try
        {
            return await wait(waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (waiting.Reason is not null)
        {
            throw waiting.Reason;
        }
        finally
        {
            lock (_gate)
                _waiting.Remove(waiting);
        }
    }

    /// <summary>The client does not want to wait any longer. May be called from any thread.</summary>
    public void Cancel()
    {
        lock (_gate)
        {
            foreach (var waiting in _waiting)
                waiting.Cancel();
        }
    }
}
