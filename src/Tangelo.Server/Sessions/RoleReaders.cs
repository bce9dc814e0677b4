using System.Collections.Concurrent;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Connections on which a session reads as another role, which its own must not become: the owner of a view that it may use. They only read, begin as
/// the session's transaction does, and end with it.
/// </summary>
internal sealed class RoleReaders(SessionContext context)
{
    private readonly ConcurrentDictionary<(string Role, string Login), DistributedTransaction> _readers = new();

    /// <summary>The transaction in which <paramref name="role"/> reads, its connections logged in as <paramref name="login"/>.</summary>
    public DistributedTransaction For(string role, string login)
    {
        var reader = _readers.GetOrAdd((role, login), _ => new DistributedTransaction(context.Router.Pools, context.Database.Name, login));
        reader.Open((context.Transaction.BeginSql ?? "BEGIN") + "; SET TRANSACTION READ ONLY");
        return reader;
    }

    /// <summary>The session's transaction has ended.</summary>
    public async ValueTask EndAsync()
    {
        foreach (var reader in _readers.Values)
            await reader.RollbackAsync().ConfigureAwait(false);
        _readers.Clear();
    }

    /// <summary>Cancels what they do, from any thread.</summary>
    public Task CancelAsync() => Task.WhenAll(_readers.Values.Select(r => r.CancelAsync()));

    /// <summary>The session ends in the middle of something.</summary>
    public void Abort()
    {
        foreach (var reader in _readers.Values)
            reader.Abort();
        _readers.Clear();
    }
}
