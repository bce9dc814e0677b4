using Tangelo.Server.Hosting;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Ends sessions whose clients have gone while a statement runs. PostgreSQL notices when it next writes to the client; here backends on
/// several nodes, and others who wait for their locks, depend on it.
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
                await Task.WhenAll(router.Sessions.All.Where(s => s.BusyFor > Interval).Select(s => s.EndIfAbandonedAsync())).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The router stops, and every session with it.
        }
    }
}
