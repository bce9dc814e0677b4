using System.Collections.Immutable;
using Npgsql;
using Tangelo.Cli.Embedded;

namespace Tangelo.Harness;

/// <summary>
/// A cluster as a user has it: <c>tangelo up</c> in a process of its own, a coordinator and workers. The data of its nodes is
/// copied from a template and not synced to disk. Disposing ends every process and removes the data.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly RunFolder _folder;
    private readonly TestClusterOptions _options;
    private readonly int _nodes;
    private readonly int _ports;
    private readonly FaultProxy? _balancer;
    private RouterProcess? _router;
    private TestRouter? _second;
    private string _earlierLogs = "";

    private TestCluster(RunFolder folder, TestClusterOptions options)
    {
        _folder = folder;
        _options = options;
        _nodes = 1 + options.Workers;
        _ports = FreePorts.Block(1 + _nodes);
        if (IsBalanced)
        {
            var turn = 0;
            _balancer = FaultProxy.Balance(() => _second is { } second && Interlocked.Increment(ref turn) % 2 == 0 ? second.Port : _ports);
        }

        Port = _balancer?.Port ?? _ports;
        ConnectionString = Connections.Text(Port);
        Router = NpgsqlDataSource.Create(ConnectionString);
        Nodes = [.. Enumerable.Range(0, _nodes).Select(n => NpgsqlDataSource.Create(Connections.Text(NodePort(n))))];
    }

    // For whole suites: TANGELO_TEST_ROUTERS=2 puts a second router beside the first, and a balancer before both (tools/two_routers.sh).
    private static bool IsBalanced => Environment.GetEnvironmentVariable("TANGELO_TEST_ROUTERS") == "2";

    /// <summary>Where clients connect.</summary>
    public int Port { get; }

    /// <summary>Through the router, for Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>Connections through the router.</summary>
    public NpgsqlDataSource Router { get; }

    /// <summary>Connections to the nodes themselves: the coordinator, then the workers.</summary>
    public ImmutableArray<NpgsqlDataSource> Nodes { get; }

    public ImmutableArray<int> WorkerPorts => [.. Enumerable.Range(1, _options.Workers).Select(NodePort)];

    /// <summary>How long a start may take.</summary>
    public TimeSpan StartLimit => _options.StartLimit;

    /// <summary>What every <c>tangelo</c> process of this cluster has printed.</summary>
    public string Log => _earlierLogs + _router?.Log + _second?.Log;

    /// <summary>The process number of the running router.</summary>
    public int RouterProcessId => _router?.Id ?? throw new InvalidOperationException("The router does not run.");

    /// <summary>The folder of the cluster.</summary>
    internal string Data => Path.Combine(_folder.Path, "cluster");

    public static async Task<TestCluster> StartAsync(TestClusterOptions? options = null)
    {
        var cluster = new TestCluster(await RunFolder.CreateAsync(), options ?? new TestClusterOptions());
        try
        {
            Directory.CreateDirectory(cluster.Data);
            var settings = string.Join('\n', cluster._options.NodeSettings) + "\n";
            await Task.WhenAll(Enumerable.Range(0, cluster._nodes).Select(async n =>
            {
                var template = await DataDirectoryTemplate.GetAsync(n);
                await template.CopyToAsync(cluster.NodeData(n), settings);
            }));
            await cluster.RestartRouterAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The port of node <paramref name="node"/>: 0 is the coordinator, 1 and up are the workers.</summary>
    public int NodePort(int node) => new NodeName(node).Port(_ports);

    /// <summary>A file in the data folder of a node.</summary>
    public string NodeFile(int node, string name) => Path.Combine(NodeData(node), name);

    /// <summary>What the PostgreSQL server of a node has logged.</summary>
    public string NodeLog(int node) => File.ReadAllText(Path.Combine(NodeData(node), "server.log"));

    /// <summary>SIGKILL to the router; the nodes go on.</summary>
    public async Task KillRouterAsync()
    {
        if (_router is null)
            return;
        await _router.KillAsync();
        Forget();
    }

    /// <summary>Starts <c>tangelo up</c> on the same data, killing the old one if it still runs.</summary>
    public async Task RestartRouterAsync()
    {
        await KillRouterAsync();
        string[] arguments = ["up", "--data", Data, "--port", $"{_ports}", "--workers", $"{_options.Workers}", .. _options.RouterArguments];
        if (Environment.GetEnvironmentVariable("TANGELO_TEST_POSTGRES_BIN") is { } bin)
            arguments = [.. arguments, "--postgres-bin", bin];

        // For whole suites another way: links that are lent, say.
        if (Environment.GetEnvironmentVariable("TANGELO_TEST_ROUTER_ARGUMENTS") is { } further)
            arguments = [.. arguments, .. further.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        _router = await RouterProcess.StartAsync(arguments, _options.StartLimit);
        if (IsBalanced && _second is null)
            _second = await AddRouterAsync([.. _options.RouterArguments]);
    }

    /// <summary>A second router for the same cluster.</summary>
    public Task<TestRouter> AddRouterAsync(params string[] arguments) => TestRouter.StartAsync(NodePort(0), _options.StartLimit, arguments);

    /// <summary>SIGTERM to the router: it stops the nodes too. Returns its exit code; throws after <paramref name="limit"/>.</summary>
    public async Task<int> StopAsync(TimeSpan limit)
    {
        var code = await (_router ?? throw new InvalidOperationException("The router does not run.")).TerminateAsync(limit);
        Forget();
        return code;
    }

    /// <summary>SIGKILL to the server of a node, all of its processes. A running router starts it again within some seconds.</summary>
    public async Task KillNodeAsync(int node)
    {
        if (PostmasterFile.ReadRunning(NodeData(node)) is { } running)
            await Processes.KillWithChildrenAsync(running.ProcessId);
        Nodes[node].Clear();
    }

    /// <summary>How many statements with this text the nodes run now.</summary>
    public async Task<long> ActiveAsync(string text)
    {
        var all = 0L;
        foreach (var node in Nodes)
            all += await node.ScalarAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{text}%' AND pid <> pg_backend_pid()");
        return all;
    }

    /// <summary>The names of what is prepared on any node.</summary>
    public async Task<IReadOnlyList<string>> PreparedAsync()
    {
        var names = new List<string>();
        foreach (var node in Nodes)
            names.AddRange(await node.ColumnAsync<string>("SELECT gid FROM pg_prepared_xacts"));
        return names;
    }

    /// <summary>True while a server runs on the node's data.</summary>
    public bool NodeRuns(int node) => PostmasterFile.ReadRunning(NodeData(node)) is not null;

    public async ValueTask DisposeAsync()
    {
        await Router.DisposeAsync();
        foreach (var node in Nodes)
            await node.DisposeAsync();
        if (_balancer is { } balancer)
            await balancer.DisposeAsync();
        if (_second is { } second)
            await second.DisposeAsync();
        await KillRouterAsync();
        await _folder.DisposeAsync();
        FreePorts.Return(_ports, 1 + _nodes);
    }

    private string NodeData(int node) => Path.Combine(Data, new NodeName(node).ToString());

    private void Forget()
    {
        _earlierLogs += _router!.Log;
        _router.Dispose();
        _router = null;
        Router.Clear();
        foreach (var node in Nodes)
            node.Clear();
    }
}
