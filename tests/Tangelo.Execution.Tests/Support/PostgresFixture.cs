using System.Diagnostics;
using Tangelo.Workers.Connections;

namespace Tangelo.Execution.Tests.Support;

/// <summary>A PostgreSQL server of its own for the tests of one collection, reached over a socket in its directory.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "tangelo-execution-" + Guid.NewGuid().ToString("N")[..12]);
    private BackendAddress Address => new(_directory, 5432, "postgres", "postgres");

    /// <summary>A new connection; the caller disposes of it.</summary>
    public async Task<CopyConnection> ConnectAsync() => new(await BackendConnection.ConnectAsync(Address, [], default));

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(_directory);
        if (Environment.UserName == "root")
            await RunAsync("chown", "postgres", _directory);
        await PostgresAsync("initdb", "-D", $"{_directory}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        await PostgresAsync(
            "pg_ctl", "-w", "-D", $"{_directory}/data", "-l", $"{_directory}/log", "-o",
            $"-c listen_addresses= -c fsync=off -c unix_socket_directories={_directory}", "start");
    }

    public async Task DisposeAsync()
    {
        await PostgresAsync("pg_ctl", "-m", "immediate", "-D", $"{_directory}/data", "stop");
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Runs a program of PostgreSQL 15; PostgreSQL refuses to run as root.</summary>
    public static Task<string> PostgresAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(Environment.GetEnvironmentVariable("PG_BIN") ?? "/usr/lib/postgresql/15/bin", program);
        return Environment.UserName == "root"
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        // pg_ctl's child keeps inherited pipes open, so a server's start must not be read to the end of its output.
        var starts = arguments[^1] == "start";
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = !starts,
            RedirectStandardError = !starts,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        var output = starts ? Task.FromResult("") : process.StandardOutput.ReadToEndAsync();
        var errors = starts ? Task.FromResult("") : process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await output}{await errors}");
        return await output;
    }
}

[CollectionDefinition(nameof(PostgresCollection))]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>;
