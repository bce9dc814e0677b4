using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Tangelo.Cluster.Tests;

/// <summary>A PostgreSQL server in a directory of its own, gone when disposed.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _directory;

    private PostgresServer(string directory, int port)
    {
        _directory = directory;
        Port = port;
        DataSource = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Pooling=true;Include Error Detail=true");
    }

    public int Port { get; }

    public NpgsqlDataSource DataSource { get; }

    public static async Task<PostgresServer> StartAsync(int preparedTransactions = 20)
    {
        var directory = Directory.CreateTempSubdirectory("tangelo-cluster-").FullName;
        var port = FreePort();
        if (Environment.UserName == "root")
            await RunAsync("/", "chown", "postgres", directory);
        await RunPostgresAsync(directory, "initdb", "-D", Path.Combine(directory, "data"), "-A", "trust", "-U", "postgres", "-N", "--locale=C.UTF-8", "-E", "UTF8");
        var server = new PostgresServer(directory, port);
        await RunPostgresAsync(
            directory, "pg_ctl", "-w", "-D", Path.Combine(directory, "data"), "-l", Path.Combine(directory, "log"), "-o",
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory} -c fsync=off -c shared_buffers=16MB -c max_prepared_transactions={preparedTransactions}",
            "start");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await RunPostgresAsync(_directory, "pg_ctl", "-D", Path.Combine(_directory, "data"), "-m", "immediate", "stop");
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task RunPostgresAsync(string directory, string program, params string[] arguments)
    {
        var bin = Directory.GetDirectories("/usr/lib/postgresql").OrderBy(d => d).Select(d => Path.Combine(d, "bin", program)).First(File.Exists);

        // PostgreSQL refuses to run as root.
        return Environment.UserName == "root"
            ? RunAsync(directory, "runuser", ["-u", "postgres", "--", bin, .. arguments])
            : RunAsync(directory, bin, arguments);
    }

    private static async Task RunAsync(string directory, string program, params string[] arguments)
    {
        // The server inherits the streams of pg_ctl: they are not read to their end.
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = false };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
