using System.Globalization;
using Tangelo.Harness.Wire;
using Tangelo.Harness;

namespace Tangelo.Compat.Tests.Running;

/// <summary>
/// The servers of one test run. COMPAT_PLAIN and COMPAT_CLUSTER, as host:port, name servers that already run; what is
/// not named is started when it is first asked for.
/// </summary>
public sealed class CompatServers : IAsyncLifetime
{
    /// <summary>How many links the router that lends them has.</summary>
    public const int Links = 5;

    private readonly List<IAsyncDisposable> _started = [];
    private ServerAddress? _plain;
    private ServerAddress? _other;
    private ServerAddress? _cluster;
    private ServerAddress? _lending;
    private ServerAddress? _routers;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in _started)
            await server.DisposeAsync();
    }

    /// <summary>A plain server and a cluster of a coordinator and two workers.</summary>
    internal async Task<ServerPair> PlainAndClusterAsync()
    {
        _cluster ??= Named("COMPAT_CLUSTER") ?? await StartClusterAsync();
        return new ServerPair(await PlainAsync(), _cluster, IsCluster: true);
    }

    /// <summary>A plain server, and a cluster whose router has few links and lends them.</summary>
    internal async Task<ServerPair> PlainAndLendingAsync()
    {
        if (_lending is null)
        {
            _lending = await StartClusterAsync("--coordinator-connections", $"{Links}");

            // Who asks first for what a sequence has given may get another answer (docs/sessions.md).
            await using var first = await WireSession.OpenAsync(_lending, default);
            await first.QueryAsync("SELECT lastval()", null, default);
        }

        return new ServerPair(await PlainAsync(), _lending, IsCluster: true);
    }

    /// <summary>A plain server, and a cluster with two routers, to which the sessions go in turn.</summary>
    internal async Task<ServerPair> PlainAndTwoRoutersAsync()
    {
        if (_routers is null)
        {
            var cluster = await TestCluster.StartAsync();
            _started.Add(cluster);
            var second = await cluster.AddRouterAsync();
            _started.Insert(0, second);
            _routers = new ServerAddress("127.0.0.1", cluster.Port) { OtherPorts = [second.Port] };
        }

        return new ServerPair(await PlainAsync(), _routers, IsCluster: true);
    }

    /// <summary>Two plain servers, between which there are no differences but those that a test makes.</summary>
    internal async Task<ServerPair> TwoPlainAsync()
    {
        _other ??= await StartPlainAsync();
        return new ServerPair(await PlainAsync(), _other, IsCluster: false);
    }

    private async Task<ServerAddress> PlainAsync() => _plain ??= Named("COMPAT_PLAIN") ?? await StartPlainAsync();

    private async Task<ServerAddress> StartPlainAsync()
    {
        var server = await TestPostgres.StartAsync();
        _started.Add(server);
        return new ServerAddress("127.0.0.1", server.Port);
    }

    private async Task<ServerAddress> StartClusterAsync(params string[] routerArguments)
    {
        var cluster = await TestCluster.StartAsync(new TestClusterOptions { RouterArguments = [.. routerArguments] });
        _started.Add(cluster);
        return new ServerAddress("127.0.0.1", cluster.Port);
    }

    private static ServerAddress? Named(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } value)
            return null;
        var parts = value.Split(':');
        return new ServerAddress(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
