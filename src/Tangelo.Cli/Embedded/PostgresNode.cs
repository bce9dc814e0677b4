using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Tangelo.Cli.Embedded;

/// <summary>
/// One PostgreSQL server of the embedded cluster. It runs detached, in a session of its own, so it outlives this process and
/// is taken over by the next one. Calls must not overlap.
/// </summary>
internal sealed class PostgresNode(NodeName name, string dataDirectory, int port, PostgresInstallation postgres, NodeAccount account, ILogger log)
{
    private static readonly TimeSpan TakeOverPoll = TimeSpan.FromMilliseconds(100);

    // Replaying a long log after a crash takes its time; a signal ends the wait earlier.
    private const string StartSeconds = "3600";
    private const int AttemptsAfterCrash = 5;
    private static readonly TimeSpan PortLimit = TimeSpan.FromSeconds(1);
    private const string FastStopSeconds = "4";
    private const string ImmediateStopSeconds = "2";

    private Task<ChildResult> _starting = Task.FromResult(new ChildResult(0, ""));

    private string LogFile => Path.Combine(dataDirectory, "server.log");

    public NodeName Name => name;

    public int Port => port;

    /// <summary>Where the server's Unix socket is, or null.</summary>
    public string? SocketDirectory => NodeSettings.SocketDirectory(dataDirectory, port);

    public bool IsRunning => PostmasterFile.ReadRunning(dataDirectory) is not null;

    /// <summary>Makes the data directory if there is none. An interrupted attempt leaves nothing that is taken for data.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        var unfinished = dataDirectory + ".new";
        await EarlierStart.EndedAsync([unfinished, dataDirectory], cancellationToken);
        if (File.Exists(Path.Combine(dataDirectory, "PG_VERSION")))
            return;
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await account.OwnAsync(unfinished, cancellationToken);
        await account.RequireWayToAsync(unfinished, cancellationToken);
        log.LogInformation("Initializing {Node}", name);
        var result = await account.RunAsync(
            postgres.Program("initdb"),
            ["-D", unfinished, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
            unfinished,
            cancellationToken);
        if (!result.Succeeded)
            throw new CommandFailedException($"initdb of {name} failed: {result.LastLine}");
        if (Directory.Exists(dataDirectory))
            Directory.Delete(dataDirectory);
        Directory.Move(unfinished, dataDirectory);
    }

    /// <summary>Returns when the server accepts connections: the one that runs already, or a new one.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await account.RequireWayToAsync(dataDirectory, cancellationToken);
        await NodeSettings.IncludeAsync(dataDirectory, cancellationToken);
        var settings = Path.Combine(dataDirectory, NodeSettings.FileName);
        await File.WriteAllTextAsync(settings, NodeSettings.Text(dataDirectory, port), cancellationToken);
        await account.OwnAsync(settings, cancellationToken);

        if (await TakeOverAsync(cancellationToken))
            return;
        await RequireFreePortAsync(cancellationToken);
        var afterCrash = false;
        for (var attempt = 1; ; attempt++)
        {
            afterCrash |= PostmasterFile.RemoveIfMisleading(dataDirectory);
            if (await LaunchAsync(cancellationToken) is not { } reason)
                break;
            // Backends of a killed server need a moment to see that it is gone, and hold its memory until then.
            if (!afterCrash || attempt == AttemptsAfterCrash)
                throw new CommandFailedException($"{name} did not start: {reason} (log: {LogFile})");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
        log.LogInformation("Started {Node} on port {Port}", name, port);
    }

    /// <summary>
    /// Ends the server within seven seconds: sessions are ended and a checkpoint is written; if that takes too long, the next
    /// start recovers from the log.
    /// </summary>
    public async Task StopAsync()
    {
        if (!IsRunning)
            return;
        var fast = await StopAsync("fast", FastStopSeconds);
        if (fast.Succeeded || !IsRunning)
        {
            // pg_ctl may still wait for the server to accept connections; now it sees that there is none.
            await _starting;
            return;
        }

        log.LogWarning("{Node} did not stop in {Seconds} s; it will recover at the next start", name, FastStopSeconds);
        var immediate = await StopAsync("immediate", ImmediateStopSeconds);
        if (!immediate.Succeeded)
            log.LogError("{Node} does not stop: {Reason}", name, immediate.LastLine);
    }

    /// <summary>Null when the server accepts connections, or its own words for why it did not start.</summary>
    private async Task<string?> LaunchAsync(CancellationToken cancellationToken)
    {
        var logged = File.Exists(LogFile) ? new FileInfo(LogFile).Length : 0;
        _starting = account.RunAsync(
            postgres.Program("pg_ctl"),
            ["start", "-D", dataDirectory, "-l", LogFile, "-w", "-t", StartSeconds],
            dataDirectory,
            CancellationToken.None);
        try
        {
            await _starting.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // A server can be stopped once it has written its file, and not before: without this wait it would outlive this process.
            while (!IsRunning && !_starting.IsCompleted)
                await Task.Delay(TakeOverPoll, CancellationToken.None);
            throw;
        }

        var result = await _starting;
        if (result.Succeeded)
            return null;
        if (!File.Exists(LogFile))
            return result.LastLine;
        await using var file = File.OpenRead(LogFile);
        file.Seek(Math.Min(logged, file.Length), SeekOrigin.Begin);
        using var reader = new StreamReader(file);
        var lines = (await reader.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var fatal = lines.LastOrDefault(l => l.Contains("FATAL:", StringComparison.Ordinal) || l.Contains("PANIC:", StringComparison.Ordinal));
        return (fatal ?? lines.LastOrDefault() ?? result.LastLine).Trim();
    }

    private Task<ChildResult> StopAsync(string mode, string seconds) => account.RunAsync(
        postgres.Program("pg_ctl"),
        ["stop", "-D", dataDirectory, "-m", mode, "-w", "-t", seconds],
        "/",
        CancellationToken.None);

    private async Task<bool> TakeOverAsync(CancellationToken cancellationToken)
    {
        while (PostmasterFile.ReadRunning(dataDirectory) is { } running)
        {
            if (running.Port != 0 && running.Port != port)
            {
                log.LogInformation("Restarting {Node}: it runs on port {Old}", name, running.Port);
                await StopAsync();
            }
            else if (running.IsReady)
            {
                log.LogInformation("Took over {Node} on port {Port} (process {Pid})", name, port, running.ProcessId);
                return true;
            }
            await Task.Delay(TakeOverPoll, cancellationToken);
        }
        return false;
    }

    // A server that was killed is gone from the list of processes a moment before its port is free.
    private async Task RequireFreePortAsync(CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        while (!PortProbe.IsFree(new IPEndPoint(IPAddress.Loopback, port)))
        {
            if (since.Elapsed > PortLimit)
                throw new CommandFailedException($"Port {port}, which {name} needs, is in use; choose another --port or stop the program that holds it.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }
}
