using Microsoft.Extensions.Logging;

namespace Tangelo.Cli.Embedded;

/// <summary>Looks at the nodes every second and starts again what has died.</summary>
internal sealed class NodeSupervisor : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _log;
    private readonly Task[] _watches;

    public NodeSupervisor(IEnumerable<PostgresNode> nodes, ILogger log)
    {
        _log = log;
        _watches = [.. nodes.Select(WatchAsync)];
    }

    /// <summary>Returns when no node is being started any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watches);
        _stop.Dispose();
    }

    private async Task WatchAsync(PostgresNode node)
    {
        var lastFailure = "";
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (node.IsRunning)
                    continue;
                lastFailure = await RestartAsync(node, lastFailure);
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    /// <summary>The reason why it failed, which is logged when it is a new one; empty on success.</summary>
    private async Task<string> RestartAsync(PostgresNode node, string lastFailure)
    {
        if (lastFailure.Length == 0)
            _log.LogWarning("{Node} is not running; starting it again", node.Name);
        try
        {
            await node.StartAsync(_stop.Token);
            return "";
        }
        catch (Exception e) when (e is CommandFailedException or IOException or UnauthorizedAccessException)
        {
            if (e.Message != lastFailure)
                _log.LogError("{Reason}", e.Message);
            return e.Message;
        }
    }
}
