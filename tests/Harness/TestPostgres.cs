using Npgsql;
using Tangelo.Cli.Embedded;

namespace Tangelo.Harness;

/// <summary>
/// One plain PostgreSQL server in a temporary folder: the oracle that Tangelo's answers are compared with, or a node by hand.
/// Two-phase commit is enabled and nothing is synced to disk.
/// </summary>
public sealed class TestPostgres : IAsyncDisposable
{
    private readonly RunFolder _folder;
    private readonly DataDirectoryTemplate _template;

    private TestPostgres(RunFolder folder, DataDirectoryTemplate template, int port)
    {
        _folder = folder;
        _template = template;
        Port = port;
        ConnectionString = Connections.Text(port);
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    public int Port { get; }

    /// <summary>For Npgsql: user and database <c>postgres</c>.</summary>
    public string ConnectionString { get; }

    public NpgsqlDataSource DataSource { get; }

    /// <summary>What the server has logged so far.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string Data => Path.Combine(_folder.Path, "data");

    private string LogFile => Path.Combine(Data, "server.log");

    /// <param name="settings">Lines for postgresql.conf, for example <c>max_prepared_transactions = 0</c>.</param>
    public static Task<TestPostgres> StartAsync(params string[] settings) => StartOfAsync(bin: null, settings);

    /// <param name="bin">The folder with the programs of the version that is wanted.</param>
    /// <param name="settings">Lines for postgresql.conf.</param>
    public static async Task<TestPostgres> StartOfAsync(string? bin, params string[] settings)
    {
        var folder = await RunFolder.CreateAsync();
        var server = new TestPostgres(folder, await DataDirectoryTemplate.GetAsync(bin: bin), FreePorts.Block(1));
        await server._template.CopyToAsync(
            server.Data,
            $"""
            port = {server.Port}
            listen_addresses = '127.0.0.1'
            unix_socket_directories = '{server.Data}'
            max_connections = 200
            max_prepared_transactions = 100
            wal_level = logical
            {string.Join('\n', settings)}

            """);
        try
        {
            await server.StartAsync();
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        return server;
    }

    /// <summary>A streaming standby of this server, which may be read.</summary>
    public async Task<TestPostgres> StartStandbyAsync()
    {
        var standby = new TestPostgres(await RunFolder.CreateAsync(), _template, FreePorts.Block(1));
        try
        {
            Directory.CreateDirectory(standby.Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await _template.Account.OwnAsync(standby.Data, default);
            var copied = await _template.Account.RunAsync(
                _template.Postgres.Program("pg_basebackup"),
                ["-D", standby.Data, "-h", "127.0.0.1", "-p", $"{Port}", "-U", "postgres", "-R", "-X", "stream", "-c", "fast", "--no-sync"], "/", default);
            if (!copied.Succeeded)
                throw new InvalidOperationException(copied.Output);
            await File.AppendAllTextAsync(
                Path.Combine(standby.Data, "postgresql.auto.conf"), $"port = {standby.Port}\nunix_socket_directories = '{standby.Data}'\nsynchronous_standby_names = ''\n");
            await standby.StartAsync();
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again after <see cref="StopAsync"/> or <see cref="KillAsync"/>, on the same port.</summary>
    public async Task StartAsync()
    {
        PostmasterFile.RemoveIfMisleading(Data);
        await ControlAsync("start", "-l", LogFile);
    }

    /// <summary>Ends its sessions and stops it in order.</summary>
    public Task StopAsync() => ControlAsync("stop", "-m", "fast");

    /// <summary>Kills it as a power failure would.</summary>
    public async Task KillAsync()
    {
        if (PostmasterFile.ReadRunning(Data) is { } running)
            await Processes.KillWithChildrenAsync(running.ProcessId);
        NpgsqlConnection.ClearAllPools();
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await _folder.DisposeAsync();
        FreePorts.Return(Port, 1);
    }

    private async Task ControlAsync(string command, params string[] options)
    {
        var result = await _template.Account.RunAsync(
            _template.Postgres.Program("pg_ctl"), [command, "-D", Data, "-w", "-t", "60", .. options], "/", default);
        if (!result.Succeeded)
            throw new InvalidOperationException($"pg_ctl {command} failed: {result.Output}\n{Log}");
    }
}
