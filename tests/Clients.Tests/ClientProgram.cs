using System.Diagnostics;
using Tangelo.Harness;

namespace Tangelo.Clients.Tests;

/// <summary>A program of <c>tests/clients</c>: it works with the server that PGHOST and PGPORT name and prints what it got.</summary>
/// <param name="Folder">Its folder there, from where it runs.</param>
/// <param name="Command">What starts it.</param>
internal sealed record ClientProgram(string Folder, params string[] Command)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Further variables of its environment.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The lines that it prints. Throws when it fails.</summary>
    /// <param name="port">The server's port on this machine.</param>
    /// <param name="distributes">Whether it distributes the tables that it creates.</param>
    public async Task<IReadOnlyList<string>> RunAsync(int port, bool distributes)
    {
        var start = new ProcessStartInfo(Command[0], Command[1..])
        {
            WorkingDirectory = Path.Combine(Repository.Root, "tests/clients", Folder),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The caller's are meant for other servers.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        start.Environment["PGHOST"] = "127.0.0.1";
        start.Environment["PGPORT"] = $"{port}";
        start.Environment["PGUSER"] = "postgres";
        start.Environment["PGDATABASE"] = "postgres";
        start.Environment["TANGELO_DISTRIBUTE"] = distributes ? "1" : "0";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var late = new CancellationTokenSource(Limit);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Folder} did not end within {Limit.TotalMinutes} minutes. It printed:\n{await output}\n{await errors}");
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{Folder} ended with exit code {process.ExitCode}:\n{await output}\n{await errors}");
        return (await output).Split('\n');
    }
}
