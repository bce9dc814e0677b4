using Tangelo.Core;

namespace Tangelo.Workers.Transactions;

/// <summary>A statement waits in the router: the client may cancel it, and its time limit holds.</summary>
public sealed class StatementWait : IDisposable
{
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _ending;
    private volatile bool _isCancelled;

    /// <param name="settings">Those in force.</param>
    /// <param name="cancellation">Gives up for other reasons.</param>
    public StatementWait(SessionSettings settings, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (settings.StatementTimeout is { } limit)
            _ending.CancelAfter(limit);
    }

    /// <summary>Ends the wait.</summary>
    public CancellationToken Token => _ending.Token;

    /// <summary>Why the statement has to end; null where it is not for the statement's sake.</summary>
    public PgException? Reason =>
        _cancellation.IsCancellationRequested || !_ending.IsCancellationRequested ? null
        : new PgException(SqlState.QueryCanceled, _isCancelled ? "canceling statement due to user request" : "canceling statement due to statement timeout");

    /// <summary>The client does not want to wait any longer. Whoever waits goes on by itself, not on this thread.</summary>
    public void Cancel()
    {
        _isCancelled = true;
        _ = _ending.CancelAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _ending.Dispose();
}
