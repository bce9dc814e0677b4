using System.Diagnostics;
using System.Text;

namespace Tangelo.Regress.Running;

/// <summary>Runs a script through psql with PostgreSQL's settings for its own tests; output and errors come in one stream, in order.</summary>
internal static class PsqlProcess
{
    /// <summary>What it printed, one character for each byte, and whether it had to be ended.</summary>
    public static async Task<(string Output, bool TimedOut)> RunAsync(int port, string script, string source, string results, TimeSpan limit)
    {
        var start = new ProcessStartInfo("sh", ["-c", "exec psql -X -v HIDE_TABLEAM=on -v HIDE_TOAST_COMPRESSION=on 2>&1"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = Encoding.Latin1,
            StandardOutputEncoding = Encoding.Latin1,
            WorkingDirectory = source,
        };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["PGHOST"] = "127.0.0.1",
            ["PGPORT"] = $"{port}",
            ["PGUSER"] = "postgres",
            ["PGDATABASE"] = RegressionServers.Database,
            ["PGTZ"] = "PST8PDT",
            ["PGDATESTYLE"] = "Postgres, MDY",
            ["PGOPTIONS"] = "-c intervalstyle=postgres_verbose",
            ["PG_ABS_SRCDIR"] = source,
            ["PG_ABS_BUILDDIR"] = results,
            ["PG_LIBDIR"] = Sources.Libraries,
            ["PG_DLSUFFIX"] = ".so",
            ["LC_ALL"] = "C.UTF-8",
            ["PAGER"] = "cat",
        })
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var late = new CancellationTokenSource(limit);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.StandardInput.WriteAsync(script.AsMemory(), late.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(late.Token);
            return (await output, false);
        }
        catch (IOException)
        {
            // psql ended before it had read everything: it lost its connection.
            await process.WaitForExitAsync(late.Token);
            return (await output, false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (await output, true);
        }
    }
}
