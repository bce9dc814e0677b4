using System.Collections.Concurrent;
using Tangelo.Core;

namespace Tangelo.Execution.Shards;

/// <summary>What nodes say while several of them are read at the same time. The client's buffer has one writer, who passes it on.</summary>
/// <param name="forward">Gives a notice to the client.</param>
internal sealed class NoticeQueue(Action<PgError> forward)
{
    private readonly ConcurrentQueue<PgError> _notices = new();

    /// <summary>May be called from any thread.</summary>
    public void Add(PgError notice) => _notices.Enqueue(notice);

    /// <summary>Passes on what has come so far. Called by who may write to the client.</summary>
    public void Pass()
    {
        while (_notices.TryDequeue(out var notice))
            forward(notice);
    }
}
