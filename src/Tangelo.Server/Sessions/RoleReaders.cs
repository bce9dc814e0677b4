using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Sessions;

/// <summary>
/// The connections on which a session reads what the coordinator may read and the session's role may not: the tables of a view, for its owner. They are a superuser's,
/// which become the owner of the table that is read, only read, begin as the session's transaction does, and end with it.
/// </summary>
internal sealed class RoleReaders(SessionContext context)
{
    private DistributedTransaction? _reader;

    /// <summary>The transaction to read in.</summary>
    public DistributedTransaction Get()
    {
        _reader ??= new DistributedTransaction(context.Router.Pools, context.Database.Name, context.Router.Coordinator.User);
        _reader.Open((context.Transaction.BeginSql ?? "BEGIN") + "; SET TRANSACTION READ ONLY");
        return _reader;
    }

    /// <summary>The session's transaction has ended.</summary>
    public async ValueTask EndAsync()
    {
        if (_reader is { IsOpen: true } reader)
            await reader.RollbackAsync().ConfigureAwait(false);
    }

    /// <summary>Cancels what they do, from any thread.</summary>
    public Task CancelAsync() => _reader?.CancelAsync() ?? Task.CompletedTask;

    /// <summary>The session ends in the middle of something.</summary>
    public void Abort() => _reader?.Abort();
}
