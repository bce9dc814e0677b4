using System.Globalization;
using Tangelo.Harness;
using Tangelo.Harness.Wire;

namespace Tangelo.Fuzz.Tests.Running;

/// <summary>A plain server and a cluster. FUZZ_PLAIN and FUZZ_CLUSTER, as host:port, name such as run already.</summary>
public sealed class FuzzServers : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _started = [];

    internal ServerAddress Plain { get; private set; } = null!;

    internal ServerAddress Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Plain = Named("FUZZ_PLAIN") ?? new ServerAddress("127.0.0.1", Keep(await TestPostgres.StartAsync()).Port);
        Cluster = Named("FUZZ_CLUSTER") ?? new ServerAddress("127.0.0.1", Keep(await TestCluster.StartAsync()).Port);
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _started)
            await server.DisposeAsync();
    }

    private T Keep<T>(T server)
        where T : IAsyncDisposable
    {
        _started.Add(server);
        return server;
    }

    private static ServerAddress? Named(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } value)
            return null;
        var parts = value.Split(':');
        return new ServerAddress(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
