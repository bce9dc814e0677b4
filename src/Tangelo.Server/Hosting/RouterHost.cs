using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tangelo.Console;
using Tangelo.Console.Health;
using Tangelo.Server.Deadlocks;
using Tangelo.Server.Recovery;
using Tangelo.Server.Sessions;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Hosting;

/// <summary>One router: the listener, its sessions and its background tasks.</summary>
public sealed partial class RouterHost(RouterOptions options, ILoggerFactory? log) : IAsyncDisposable
{
    private readonly ILogger _log = (log ?? NullLoggerFactory.Instance).CreateLogger<RouterHost>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _background = [];
    private readonly List<Task> _sessions = [];
    private RouterState? _state;
    private Socket? _listener;
    private ConsoleServer? _console;

    /// <summary>What this router was started with.</summary>
    public RouterOptions Options => options;

    /// <summary>Returns when clients are accepted; throws when the coordinator or the address cannot be had.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _listener = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(options.Listen);

        var state = _state = new RouterState(options, _log);
        await state.FindCoordinatorAsync(SessionSettings.UsualPatience, cancellationToken).ConfigureAwait(false);
        var database = await state.DatabaseAsync(state.Coordinator.Database).ConfigureAwait(false);
        if (!database.IsInstalled)
            await state.InstallAsync(database, cancellationToken).ConfigureAwait(false);
        await state.Recovery.RegisterRouterAsync(database, cancellationToken).ConfigureAwait(false);
        await state.Limits.ReadAsync(cancellationToken).ConfigureAwait(false);

        _background.Add(KeepAsync("recovery of transactions", state.Recovery.RunAsync));
        _background.Add(KeepAsync("connection limits", state.Limits.RunAsync));
        _background.Add(KeepAsync("repair of placements", new PlacementRepair(state).RunAsync));
        _background.Add(KeepAsync("search for deadlocks", new DeadlockDetector(state).RunAsync));
        _background.Add(KeepAsync("search for clients that have gone", new AbandonedSessions(state).RunAsync));
        if (options.ConsoleListen is { } console)
        {
            var probe = new ClusterProbe(state.Coordinator.ToNpgsql("tangelo health"), () => database.Map);
            _console = new ConsoleServer(IPEndPoint.Parse(console), probe, log);
            await _console.StartAsync(cancellationToken).ConfigureAwait(false);
        }

        _listener.Listen(1024);
        _background.Add(AcceptAsync(_stopping.Token));
    }

    // Without any of these the cluster would seem to be well for a while.
    private async Task KeepAsync(string name, Func<CancellationToken, Task> work)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await work(_stopping.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                LogBroken(_log, name, e);
                await Task.Delay(TimeSpan.FromSeconds(1), _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>
    /// Ends every session and closes the listener: sessions without a transaction at once, the others at its end, and what is left
    /// after <see cref="RouterOptions.DrainLimit"/> is cancelled.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting for transactions, and then for what ends by itself.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_state is { } draining)
            await draining.DrainAsync(options.DrainLimit, cancellationToken).ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        Task[] all;
        lock (_sessions)
            all = [.. _background, .. _sessions];
        try
        {
            await Task.WhenAll(all).WaitAsync(TimeSpan.FromSeconds(5), cancellationToken.IsCancellationRequested ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or SocketException)
        {
            // What does not end by itself ends with the process.
        }

        if (_console is { } console)
        {
            _console = null;
            await console.DisposeAsync().ConfigureAwait(false);
        }

        if (_state is { } state)
            await state.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _stopping.Dispose();
    }

    [LoggerMessage(5, LogLevel.Error, "The {Work} has ended unexpectedly and is begun anew")]
    private static partial void LogBroken(ILogger log, string work, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Accepting a connection failed")]
    private static partial void LogAcceptFailure(ILogger log, Exception exception);

    private async Task AcceptAsync(CancellationToken stopping)
    {
        var acceptor = new ClientAcceptor(_state!);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener!.AcceptAsync(stopping).ConfigureAwait(false);
                socket.NoDelay = true;
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                var session = Task.Run(() => acceptor.ServeAsync(socket, stopping), CancellationToken.None);
                lock (_sessions)
                {
                    _sessions.RemoveAll(s => s.IsCompleted);
                    _sessions.Add(session);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of file handles, say: the next one may do better.
                LogAcceptFailure(_log, e);
                await Task.Delay(100, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
