using System.Diagnostics;
using Npgsql;
using Tangelo.Cluster.Metadata;

namespace Tangelo.Planning.Ddl.Tests;

/// <summary>A PostgreSQL server of its own for the tests of this project, reached over a socket in its directory.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private const string Template = "metadata";

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "tangelo-ddl-" + Guid.NewGuid().ToString("N")[..12]);
    private int _databases;

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(_directory);
        if (Environment.UserName == "root")
            await RunAsync("chown", "postgres", _directory);
        await PostgresAsync("initdb", "-D", $"{_directory}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        await PostgresAsync(
            "pg_ctl", "-w", "-D", $"{_directory}/data", "-l", $"{_directory}/log", "-o",
            $"-c listen_addresses= -c fsync=off -c max_connections=200 -c unix_socket_directories={_directory}", "start");
        await CreateAsync($"CREATE DATABASE {Template}");
        await using var source = NpgsqlDataSource.Create(ConnectionString(Template));
        await MetadataInstaller.InstallAsync(source, new InstallOptions("localhost", 1, "secret"));
    }

    /// <summary>A new database with the metadata of a cluster, copied: that is faster than to install it each time.</summary>
    public async Task<NpgsqlDataSource> CreateDatabaseAsync()
    {
        var name = $"d{Interlocked.Increment(ref _databases)}";
        await CreateAsync($"CREATE DATABASE {name} TEMPLATE {Template} STRATEGY file_copy");
        return NpgsqlDataSource.Create(ConnectionString(name));
    }

    private async Task CreateAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await PostgresAsync("pg_ctl", "-m", "immediate", "-D", $"{_directory}/data", "stop");
        Directory.Delete(_directory, recursive: true);
    }

    private string ConnectionString(string database) =>
        $"Host={_directory};Username=postgres;Database={database};Include Error Detail=true;Pooling=false";

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

[CollectionDefinition(nameof(PostgresCollection))]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>;
