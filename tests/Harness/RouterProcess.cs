using System.Diagnostics;
using System.Text;

namespace Tangelo.Harness;

/// <summary><c>tangelo up</c> or <c>tangelo serve</c> as a process of its own, so that it can be killed like one.</summary>
internal sealed class RouterProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RouterProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Both outputs so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Standard error so far: messages and the log.</summary>
    public string Errors
    {
        get
        {
            lock (_log)
                return _errors.ToString();
        }
    }

    /// <summary>Whether it has ended, by itself or by a signal.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Starts the <c>tangelo</c> command with these arguments.</summary>
    public static RouterProcess Launch(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "tangelo.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var router = new RouterProcess(process);
        process.OutputDataReceived += (_, line) => router.Add(line.Data);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (router._log)
                router._errors.AppendLine(line.Data);
            router.Add(line.Data);
        };
        process.Exited += (_, _) => router._ready.TrySetException(new InvalidOperationException($"tangelo ended with exit code {process.ExitCode}."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return router;
    }

    /// <summary>Starts it and returns when it accepts clients; throws with its log when it ends before that or is late.</summary>
    public static async Task<RouterProcess> StartAsync(IEnumerable<string> arguments, TimeSpan limit)
    {
        var router = Launch(arguments);
        try
        {
            await router._ready.Task.WaitAsync(limit);
            return router;
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            router._process.Kill();
            throw new InvalidOperationException($"The cluster did not start: {e.Message}\n{router.Log}", e);
        }
    }

    /// <summary>Waits for its end; returns the exit code, or throws after <paramref name="limit"/>.</summary>
    public async Task<int> ExitAsync(TimeSpan limit)
    {
        await _process.WaitForExitAsync().WaitAsync(limit);
        return _process.ExitCode;
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await CollectAsync();
    }

    /// <summary>SIGTERM; returns the exit code, or throws after <paramref name="limit"/>.</summary>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        await Processes.TerminateAsync(_process.Id, limit);
        await CollectAsync();
        return _process.ExitCode;
    }

    public void Dispose() => _process.Dispose();

    // Waits for the end of its output, too, which another process may hold that was started at the same time.
    private async Task CollectAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException) when (_process.HasExited)
        {
            // It has ended, and what it has printed is known.
        }
    }

    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.AppendLine(line);
        // The first is what "tangelo up" prints, the second what "tangelo serve" logs.
        if (line.StartsWith("ready: ", StringComparison.Ordinal) || line.Contains("Serving on ", StringComparison.Ordinal))
            _ready.TrySetResult();
    }
}
