using System.Diagnostics;
using System.Text;

namespace Tangelo.Harness;

/// <summary><c>tangelo up</c> as a process of its own, so that it can be killed like one.</summary>
internal sealed class RouterProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();
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

    /// <summary>Returns when the process has printed its <c>ready:</c> line; throws with its log when it ends before that or is late.</summary>
    public static async Task<RouterProcess> StartAsync(IEnumerable<string> arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "tangelo.dll"), "up", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var router = new RouterProcess(process);
        process.OutputDataReceived += (_, line) => router.Add(line.Data);
        process.ErrorDataReceived += (_, line) => router.Add(line.Data);
        process.Exited += (_, _) => router._ready.TrySetException(new InvalidOperationException($"tangelo ended with exit code {process.ExitCode}."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await router._ready.Task.WaitAsync(limit);
            return router;
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            process.Kill();
            throw new InvalidOperationException($"The cluster did not start: {e.Message}\n{router.Log}", e);
        }
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; returns the exit code, or throws after <paramref name="limit"/>.</summary>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        await Processes.TerminateAsync(_process.Id, limit);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Dispose() => _process.Dispose();

    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.AppendLine(line);
        if (line.StartsWith("ready: ", StringComparison.Ordinal))
            _ready.TrySetResult();
    }
}
