using System.Runtime.InteropServices;
using System.Text;

namespace Tangelo.Harness;

/// <summary>Signals to processes, and finding them by their arguments.</summary>
internal static partial class Processes
{
    private const int QuitSignal = 3;
    private const int KillSignal = 9;
    private const int TerminateSignal = 15;
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>SIGKILL; returns when the process is gone.</summary>
    public static Task KillAsync(int pid) => SignalAndWaitAsync(pid, KillSignal, TimeSpan.FromSeconds(10));

    /// <summary>SIGKILL to a process and its children; returns when the process is gone. Left to themselves they could still do their work.</summary>
    public static async Task KillWithChildrenAsync(int pid)
    {
        var children = ChildrenOf(pid).ToList();
        await KillAsync(pid);
        foreach (var child in children)
            await KillAsync(child);
    }

    /// <summary>SIGTERM; returns when the process is gone, or throws after <paramref name="limit"/>.</summary>
    public static Task TerminateAsync(int pid, TimeSpan limit) => SignalAndWaitAsync(pid, TerminateSignal, limit);

    /// <summary>SIGQUIT, at which a PostgreSQL server ends at once and gives its shared memory back; SIGKILL if that takes too long. Returns when the process is gone.</summary>
    public static async Task QuitAsync(int pid)
    {
        try
        {
            await SignalAndWaitAsync(pid, QuitSignal, TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            await KillAsync(pid);
        }
    }

    /// <summary>SIGSTOP: the process stands still until <see cref="Continue"/>.</summary>
    public static void Stop(int pid) => _ = Kill(pid, StopSignal);

    /// <summary>SIGCONT.</summary>
    public static void Continue(int pid) => _ = Kill(pid, ContinueSignal);

    /// <summary>The processes with <paramref name="word"/> at the end of one argument and <paramref name="path"/> at the start of another.</summary>
    public static IEnumerable<int> WhoseArgumentsName(string path, string word)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid))
                continue;
            var arguments = Arguments(pid);
            if (arguments.Any(a => a.EndsWith(word, StringComparison.Ordinal)) && arguments.Any(a => a.StartsWith(path, StringComparison.Ordinal)))
                yield return pid;
        }
    }

    /// <summary>The command lines with an argument that begins with <paramref name="path"/>.</summary>
    public static IReadOnlyList<string> WhoseArgumentsStartWith(string path) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(folder => int.TryParse(Path.GetFileName(folder), out _))
            .Select(folder => Arguments(int.Parse(Path.GetFileName(folder))))
            .Where(arguments => arguments.Any(a => a.StartsWith(path, StringComparison.Ordinal)))
            .Select(arguments => string.Join(' ', arguments)),
    ];

    private static IEnumerable<int> ChildrenOf(int pid)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var child) && ParentOf(child) == pid)
                yield return child;
        }
    }

    private static int? ParentOf(int pid)
    {
        try
        {
            // pid (name) state parent: a name may hold blanks and brackets.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static async Task SignalAndWaitAsync(int pid, int signal, TimeSpan limit)
    {
        if (Kill(pid, signal) != 0)
            return;
        using var late = new CancellationTokenSource(limit);
        // A dead child that its parent has not collected has no arguments any more.
        while (Arguments(pid).Length > 0)
        {
            if (late.IsCancellationRequested)
                throw new TimeoutException($"Process {pid} did not end within {limit.TotalSeconds} s of signal {signal}.");
            await Task.Delay(Poll, CancellationToken.None);
        }
    }

    private static string[] Arguments(int pid)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
