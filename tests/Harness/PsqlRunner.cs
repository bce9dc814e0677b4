using System.Diagnostics;

namespace Tangelo.Harness;

/// <summary>What psql printed.</summary>
public sealed record PsqlResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The lines of <see cref="Output"/>, without the empty ones.</summary>
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Runs scripts through psql, as a user would.</summary>
public sealed class PsqlRunner(int port, string database = "postgres", string user = "postgres")
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Rows only, unaligned, columns separated by <c>|</c>; errors with their SQLSTATE. psql goes on after an error.</summary>
    public Task<PsqlResult> RunAsync(string script) => RunAsync(script, ["-qAt", "-v", "VERBOSITY=verbose"]);

    /// <summary>With psql's own options; the script comes over standard input, so its backslash commands work.</summary>
    public async Task<PsqlResult> RunAsync(string script, IEnumerable<string> options)
    {
        var start = new ProcessStartInfo("psql", ["-X", "-h", "127.0.0.1", "-p", $"{port}", "-U", user, "-d", database, .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PGAPPNAME"] = "psql";
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start)!;
        using var late = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(late.Token);
            var errors = process.StandardError.ReadToEndAsync(late.Token);
            await process.StandardInput.WriteAsync(script.AsMemory(), late.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(late.Token);
            return new PsqlResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"psql did not end within {Limit.TotalMinutes} minutes:\n{script}");
        }
    }
}
