using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Tangelo.Compat.Tests.Wire;

namespace Tangelo.Compat.Tests.Running;

/// <summary>A PostgreSQL server in a temporary directory, stopped and removed with the object.</summary>
internal sealed class LocalPostgres : IAsyncDisposable
{
    private const string Programs = "/usr/lib/postgresql/15/bin";

    private readonly string _directory;

    private LocalPostgres(string directory, int port)
    {
        _directory = directory;
        Address = new ServerAddress("127.0.0.1", port);
    }

    public ServerAddress Address { get; }

    public static async Task<LocalPostgres> StartAsync()
    {
        var directory = Path.Combine(Path.GetTempPath(), "compat_" + Guid.NewGuid().ToString("n")[..12]);
        Directory.CreateDirectory(directory);
        // PostgreSQL refuses to run as root.
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", directory);
        var server = new LocalPostgres(directory, FreePort());
        await AsOwnerAsync($"{Programs}/initdb", "-D", directory + "/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N");
        await AsOwnerAsync($"{Programs}/pg_ctl", "-D", directory + "/data", "-l", directory + "/log", "-w", "-o",
            $"-p {server.Address.Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory} -c fsync=off -c max_prepared_transactions=100 -c max_connections=200", "start");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await AsOwnerAsync($"{Programs}/pg_ctl", "-D", _directory + "/data", "-m", "immediate", "stop");
        Directory.Delete(_directory, recursive: true);
    }

    private static Task AsOwnerAsync(params string[] command)
        => Environment.IsPrivilegedProcess ? RunAsync("runuser", ["-u", "postgres", "--", .. command]) : RunAsync(command[0], command[1..]);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = false })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new IOException($"{program} failed with {process.ExitCode}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
