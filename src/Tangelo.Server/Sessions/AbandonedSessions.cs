using Tangelo.Server.Hosting;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Ends sessions whose clients have gone while a statement runs, and those whose link has gone while nothing runs. PostgreSQL notices the first when it next writes to the client; here backends on
/// several nodes, and others who wait for their locks, depend on it. The second its client would hear of at once.
/// </summary>
internal sealed class AbandonedSessions(RouterState router)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    /// <summary>Looks again and again until the router stops: a cancellation may come too early for the session's next step.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
                await Task.WhenAll(router.Sessions.All.Select(s => s.BusyFor > Interval ? s.EndIfAbandonedAsync() : s.RelayIdleLinkAsync())).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The router stops, and every session with it.
        }
    }
}
