using Tangelo.Cli.Embedded;

namespace Tangelo.Harness;

/// <summary>
/// A temporary folder for servers, named after this test process. Folders of processes that are gone are cleared, with the
/// servers that still run in them, when the first one is made.
/// </summary>
internal sealed class RunFolder : IAsyncDisposable
{
    private const UnixFileMode Passable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.GroupRead | UnixFileMode.OtherExecute | UnixFileMode.OtherRead;

    private static readonly Lazy<Task> Sweep = new(SweepAsync);
    private static int _count;

    private RunFolder(string path) => Path = path;

    /// <summary>Where every folder and the template of the data directory lie.</summary>
    public static string Base { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"tangelo-tests-{Environment.UserName}");

    public string Path { get; }

    public static async Task<RunFolder> CreateAsync()
    {
        await Sweep.Value;
        Directory.CreateDirectory(Base, Passable);
        var folder = new RunFolder(System.IO.Path.Combine(Base, $"run-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}"));
        Directory.CreateDirectory(folder.Path, Passable);
        return folder;
    }

    /// <summary>Ends the servers in the folder at once and removes it. TANGELO_TEST_KEEP=1 leaves the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndServersAsync(Path);
        if (Environment.GetEnvironmentVariable("TANGELO_TEST_KEEP") != "1")
            Remove(Path);
    }

    private static async Task SweepAsync()
    {
        if (!Directory.Exists(Base))
            return;
        foreach (var folder in Directory.GetDirectories(Base, "run-*"))
        {
            if (Directory.Exists($"/proc/{System.IO.Path.GetFileName(folder).Split('-')[1]}"))
                continue;
            try
            {
                await EndServersAsync(folder);
            }
            catch (DirectoryNotFoundException)
            {
                // Another test process clears it, too.
            }

            Remove(folder);
        }
    }

    private static async Task EndServersAsync(string folder)
    {
        // The router first: it would start its nodes again.
        foreach (var router in Processes.WhoseArgumentsName(folder, "tangelo.dll"))
            await Processes.KillAsync(router);

        // A server that is killed would leave its shared memory behind, of which a machine has 4,096 pieces only.
        await Task.WhenAll(Directory.EnumerateFiles(folder, "postmaster.pid", SearchOption.AllDirectories).ToArray()
            .Select(file => PostmasterFile.ReadRunning(System.IO.Path.GetDirectoryName(file)!))
            .Select(running => running is null ? Task.CompletedTask : Processes.QuitAsync(running.ProcessId)));
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // A backend of a killed server may still write; the next sweep takes the rest.
        }
    }
}
