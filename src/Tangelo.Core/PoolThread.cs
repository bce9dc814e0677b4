namespace Tangelo.Core;

/// <summary>
/// Continuations run on the thread that has learned of what they waited for, for short work is done fastest there; but while they run it learns of nothing else, and all sessions
/// that it serves wait. What may take longer than a message first leaves it.
/// </summary>
public static class PoolThread
{
    /// <summary>Goes on on a thread of the pool, at once if this is one.</summary>
    public static ValueTask EnterAsync() => Thread.CurrentThread.IsThreadPoolThread ? ValueTask.CompletedTask : MoveAsync();

    private static async ValueTask MoveAsync() => await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
}
