using System.Collections.Concurrent;
using Tangelo.Cli.Embedded;

namespace Tangelo.Harness;

/// <summary>
/// Data directories made once for all test runs and copied: faster than initdb each time. The nodes of a cluster come from
/// different ones, since a server is known by its system identifier.
/// </summary>
internal sealed class DataDirectoryTemplate
{
    // Nothing in a test outlives the machine, so nothing need reach the disk.
    private const string FastSettings = "fsync = off\nfull_page_writes = off\nautovacuum_naptime = 10\n";

    private static readonly ConcurrentDictionary<(int Number, string? Bin), Lazy<Task<DataDirectoryTemplate>>> Shared = new();

    private readonly string _path;

    private DataDirectoryTemplate(string path, PostgresInstallation postgres, NodeAccount account)
    {
        _path = path;
        Postgres = postgres;
        Account = account;
    }

    public PostgresInstallation Postgres { get; }

    public NodeAccount Account { get; }

    /// <param name="number">Which one: the number of the node in its cluster.</param>
    /// <param name="bin">The folder with PostgreSQL's programs, if not those that all tests use.</param>
    public static Task<DataDirectoryTemplate> GetAsync(int number = 0, string? bin = null) =>
        Shared.GetOrAdd((number, bin), key => new Lazy<Task<DataDirectoryTemplate>>(() => CreateAsync(key.Number, key.Bin))).Value;

    /// <summary>Makes <paramref name="target"/>, which must not exist, a new data directory with these settings besides the fast ones.</summary>
    public async Task CopyToAsync(string target, string settings)
    {
        Require(await ChildProcess.RunAsync("cp", ["-a", "--reflink=auto", _path, target], "/", default));
        await File.AppendAllTextAsync(Path.Combine(target, "postgresql.auto.conf"), FastSettings + settings);
    }

    private static async Task<DataDirectoryTemplate> CreateAsync(int number, string? bin)
    {
        var account = await NodeAccount.DetermineAsync(default);
        bin ??= Environment.GetEnvironmentVariable("TANGELO_TEST_POSTGRES_BIN");
        var postgres = await PostgresInstallation.FindAsync(bin, requiredMajor: null, default);
        var path = Path.Combine(RunFolder.Base, $"template-{postgres.Major}-{number}");
        if (!Directory.Exists(path))
        {
            var unfinished = $"{path}.{Environment.ProcessId}";
            Directory.CreateDirectory(unfinished, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await account.OwnAsync(unfinished, default);
            Require(await account.RunAsync(
                postgres.Program("initdb"),
                ["-D", unfinished, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
                unfinished,
                default));
            try
            {
                Directory.Move(unfinished, path);
            }
            catch (IOException) when (Directory.Exists(path))
            {
                // Another test process was faster.
                Directory.Delete(unfinished, recursive: true);
            }
        }
        return new DataDirectoryTemplate(path, postgres, account);
    }

    private static void Require(ChildResult result)
    {
        if (!result.Succeeded)
            throw new InvalidOperationException(result.Output);
    }
}
