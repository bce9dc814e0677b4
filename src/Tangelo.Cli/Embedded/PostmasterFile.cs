using System.Globalization;
using System.Text;

namespace Tangelo.Cli.Embedded;

/// <summary>
/// What <c>postmaster.pid</c> in a data directory says, held against the processes that exist: the file stays behind when a
/// server dies, and its number may then belong to another process.
/// </summary>
internal sealed record PostmasterFile(int ProcessId, int Port, bool IsReady)
{
    private const int PortLine = 3;
    private const int StatusLine = 7;

    /// <summary>The server that runs on this directory, or null.</summary>
    public static PostmasterFile? ReadRunning(string dataDirectory)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(PathIn(dataDirectory));
        }
        catch (IOException)
        {
            return null;
        }
        if (lines.Length == 0 || !int.TryParse(lines[0], NumberStyles.AllowLeadingSign, null, out var pid) || !IsPostmaster(pid, dataDirectory))
            return null;
        var port = lines.Length > PortLine && int.TryParse(lines[PortLine], out var number) ? number : 0;
        return new PostmasterFile(pid, port, lines.Length > StatusLine && lines[StatusLine].Trim() == "ready");
    }

    /// <summary>
    /// Removes what a dead server left when the process it names exists but is not that server (a reused number, or a dead child
    /// that nobody has collected): PostgreSQL would refuse to start. It still finds backends of an earlier server by their
    /// shared memory.
    /// </summary>
    /// <returns>True when a dead server had left its file.</returns>
    public static bool RemoveIfMisleading(string dataDirectory)
    {
        var path = PathIn(dataDirectory);
        if (!File.Exists(path))
            return false;
        if (int.TryParse(File.ReadLines(path).FirstOrDefault(), out var pid) && Directory.Exists($"/proc/{pid}"))
        {
            File.Delete(path);
            foreach (var socketLock in Directory.EnumerateFiles(dataDirectory, ".s.PGSQL.*.lock"))
                File.Delete(socketLock);
        }
        return true;
    }

    private static string PathIn(string dataDirectory) => Path.Combine(dataDirectory, "postmaster.pid");

    // The command line is readable for every user, and a dead process has an empty one.
    private static bool IsPostmaster(int pid, string dataDirectory)
    {
        try
        {
            var words = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")).Split('\0');
            var option = Array.IndexOf(words, "-D");
            return Path.GetFileName(words[0]) == "postgres" && option >= 0 && option + 1 < words.Length && words[option + 1] == dataDirectory;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
