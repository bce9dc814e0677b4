using Microsoft.Extensions.Logging;
using Tangelo.Server.Hosting;

namespace Tangelo.Cli.Embedded;

/// <summary>
/// A router in this process over PostgreSQL servers that this process keeps running. Disposing stops all of it within ten
/// seconds; a kill leaves the servers up, and the next start takes them over.
/// </summary>
internal sealed class EmbeddedCluster(EmbeddedClusterOptions options, ILoggerFactory logs) : IAsyncDisposable
{
    private static readonly TimeSpan RouterStopLimit = TimeSpan.FromSeconds(2.5);

    private readonly ILogger _log = logs.CreateLogger("Tangelo.Cluster");
    private readonly List<PostgresNode> _nodes = [];
    private readonly string _secret = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24));
    private ClusterDirectory? _directory;
    private NodeSupervisor? _supervisor;
    private RouterHost? _router;

    /// <summary>Returns when the router accepts and every worker is registered.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _directory = ClusterDirectory.Open(options.Data);
        var account = await NodeAccount.DetermineAsync(cancellationToken);
        var postgres = await PostgresInstallation.FindAsync(options.PostgresBin, _directory.PostgresMajor, cancellationToken);
        if (!PortProbe.IsFree(options.Listen))
            throw new CommandFailedException($"Port {options.Port} is in use; choose another --port or stop the program that holds it.");

        var before = await ClusterState.ReadAsync(_directory.Path, cancellationToken);
        var state = new ClusterState(before?.Port ?? options.Port, Math.Max(options.Workers, before?.Workers ?? 0), before?.NodeIds ?? []);
        if (state.Workers > options.Workers)
            _log.LogWarning("{Folder} holds {Workers} workers; all of them are started", _directory.Path, state.Workers);
        await state.WriteAsync(_directory.Path, cancellationToken);

        for (var number = 0; number <= state.Workers; number++)
        {
            var name = new NodeName(number);
            _nodes.Add(new PostgresNode(name, _directory.NodePath(name), name.Port(options.Port), postgres, account, _log));
        }
        await StartNodesAsync(cancellationToken);
        if (state.Port != options.Port)
        {
            if (state.NodeIds.Length > 0)
                await NodeRegistry.MovePortsAsync(_nodes[0].Port, [.. state.NodeIds.Select((id, i) => (id, _nodes[i + 1].Port))], cancellationToken);
            state = state with { Port = options.Port };
            await state.WriteAsync(_directory.Path, cancellationToken);
        }
        _supervisor = new NodeSupervisor(_nodes, _log);

        await StartRouterAsync(cancellationToken);
        foreach (var worker in _nodes.Skip(1 + state.NodeIds.Length))
        {
            var nodeId = await NodeRegistry.AddAsync(options.Port, _secret, worker, cancellationToken);
            state = state with { NodeIds = [.. state.NodeIds, nodeId] };
            await state.WriteAsync(_directory.Path, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_router is not null)
            await StopRouterAsync(_router);
        if (_supervisor is not null)
            await _supervisor.DisposeAsync();
        await Task.WhenAll(_nodes.Select(n => n.StopAsync()));
        _directory?.Dispose();
    }

    private async Task StartNodesAsync(CancellationToken cancellationToken)
    {
        try
        {
            // All at once: each spends its time waiting for the disk.
            await Task.WhenAll(_nodes.Select(async node =>
            {
                await node.CreateAsync(cancellationToken);
                await node.StartAsync(cancellationToken);
            }));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{options.Data} cannot be used: {RouterFailure.OneLine(e)}", e);
        }
    }

    private async Task StartRouterAsync(CancellationToken cancellationToken)
    {
        _router = new RouterHost(
            new RouterOptions
            {
                Listen = options.Listen,
                Coordinator = $"host=127.0.0.1 port={_nodes[0].Port} user=postgres dbname=postgres",
                ConsoleListen = await EndpointText.ResolveOptionalAsync(options.ConsoleListen, cancellationToken),
                HbaFile = options.HbaFile,
                TlsCertificate = options.TlsCertificate,
                TlsKey = options.TlsKey,
                TlsClientAuthorities = options.TlsClientAuthorities,
                CoordinatorConnections = options.CoordinatorConnections,
                MaxClients = options.MaxClients,
                DrainLimit = options.DrainLimit,
                HolderSecret = _secret,
                LocalSockets = _nodes.Where(n => n.SocketDirectory is not null).ToDictionary(n => n.Port, n => n.SocketDirectory!),
            },
            logs);
        try
        {
            await _router.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw RouterFailure.Describe(e, options.Listen);
        }
    }

    private async Task StopRouterAsync(RouterHost router)
    {
        using var limit = new CancellationTokenSource(options.DrainLimit + RouterStopLimit);
        try
        {
            // The limit holds even for a router that does not look at the token.
            await router.StopAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _log.LogWarning("The router did not stop in {Seconds} s; its sessions end with the servers", (options.DrainLimit + RouterStopLimit).TotalSeconds);
        }
        catch (Exception e)
        {
            _log.LogError("The router failed while it stopped: {Reason}", RouterFailure.OneLine(e));
        }
    }
}
