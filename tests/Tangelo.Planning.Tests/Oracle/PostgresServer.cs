using System.Diagnostics;
using Npgsql;

namespace Tangelo.Planning.Tests.Oracle;

/// <summary>A PostgreSQL server of its own for the tests of this project.</summary>
internal sealed class PostgresServer
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "tangelo-planning-" + Guid.NewGuid().ToString("N")[..12]);

    internal async Task StartAsync()
    {
        Directory.CreateDirectory(_directory);
        if (Environment.UserName == "root")
            await RunAsync("chown", "postgres", _directory);
        await PostgresAsync("initdb", "-D", $"{_directory}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        await PostgresAsync(
            "pg_ctl", "-w", "-D", $"{_directory}/data", "-l", $"{_directory}/log", "-o",
            $"-c listen_addresses= -c fsync=off -c max_connections=200 -c unix_socket_directories={_directory}", "start");
    }

    internal async Task StopAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await PostgresAsync("pg_ctl", "-m", "immediate", "-D", $"{_directory}/data", "stop");
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>For Npgsql, over the socket in the server's directory.</summary>
    internal string ConnectionString => $"Host={_directory};Username=postgres;Database=postgres;Include Error Detail=true;Pooling=false";

    // PostgreSQL refuses to run as root.
    private static Task PostgresAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(Environment.GetEnvironmentVariable("PG_BIN") ?? "/usr/lib/postgresql/15/bin", program);
        return Environment.UserName == "root"
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // A server that is started keeps inherited pipes open, so its output must not be read to the end.
        var starts = arguments[^1] == "start";
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = !starts,
            RedirectStandardError = !starts,
            WorkingDirectory = "/",
        })!;
        var output = starts ? Task.FromResult("") : process.StandardOutput.ReadToEndAsync();
        var errors = starts ? Task.FromResult("") : process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await output}{await errors}");
    }
}
