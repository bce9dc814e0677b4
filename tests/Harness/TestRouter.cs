using Npgsql;

namespace Tangelo.Harness;

/// <summary><c>tangelo serve</c> for servers that already run. Disposing kills it.</summary>
public sealed class TestRouter : IAsyncDisposable
{
    private readonly RouterProcess _process;

    private TestRouter(RouterProcess process, int port)
    {
        _process = process;
        Port = port;
        DataSource = NpgsqlDataSource.Create(Connections.Text(port));
    }

    public int Port { get; }

    public int ProcessId => _process.Id;

    /// <summary>Connections through this router.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>What the process has printed.</summary>
    public string Log => _process.Log;

    /// <param name="coordinatorPort">Where the coordinator PostgreSQL listens on this machine.</param>
    /// <param name="limit">How long the start may take.</param>
    /// <param name="more">Further arguments.</param>
    public static Task<TestRouter> StartAsync(int coordinatorPort, TimeSpan limit, params string[] more) => StartAsync($"host=127.0.0.1 port={coordinatorPort}", limit, more);

    /// <param name="coordinator">The coordinator's hosts and ports, as the option has them.</param>
    /// <param name="limit">How long the start may take.</param>
    /// <param name="more">Further arguments.</param>
    public static async Task<TestRouter> StartAsync(string coordinator, TimeSpan limit, params string[] more)
    {
        var port = FreePorts.Block(1);
        string[] arguments = ["serve", "--listen", $"127.0.0.1:{port}", "--coordinator", $"{coordinator} user=postgres dbname=postgres", .. more];
        return new TestRouter(await RouterProcess.StartAsync(arguments, limit), port);
    }

    /// <summary>SIGTERM; gives the exit code.</summary>
    public Task<int> TerminateAsync(TimeSpan limit) => _process.TerminateAsync(limit);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await KillAsync();
        _process.Dispose();
        FreePorts.Return(Port, 1);
    }
}
