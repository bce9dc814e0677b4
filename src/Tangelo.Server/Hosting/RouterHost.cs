using Microsoft.Extensions.Logging;

namespace Tangelo.Server.Hosting;

/// <summary>One router: the listener, its sessions and its background tasks.</summary>
public sealed class RouterHost
{
    public RouterHost(RouterOptions options, ILoggerFactory? log)
    {
        Options = options;
        Log = log;
    }

    /// <summary>What this router was started with.</summary>
    public RouterOptions Options { get; }

    private ILoggerFactory? Log { get; }

    /// <summary>Returns when clients are accepted; throws when the coordinator or the address cannot be had.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Log?.CreateLogger<RouterHost>().LogDebug("Router for {Coordinator}", Options.Coordinator);
        throw new NotSupportedException("this build has no router");
    }

    /// <summary>Ends every session and closes the listener.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
