using System.Text;

namespace Tangelo.Cli.Embedded;

/// <summary>
/// The programs that an earlier <c>tangelo up</c>, killed while it started, left at work on a data directory. They run to their
/// end on their own: until then an <c>initdb</c> writes into its folder, and a <c>pg_ctl</c> may start a server.
/// </summary>
internal static class EarlierStart
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Programs = ["initdb", "pg_ctl"];

    /// <summary>Returns when none of them works on one of <paramref name="directories"/> any more.</summary>
    public static async Task EndedAsync(IReadOnlyCollection<string> directories, CancellationToken cancellationToken)
    {
        while (Directory.EnumerateDirectories("/proc").Any(process => WorksOn(process, directories)))
            await Task.Delay(Poll, cancellationToken);
    }

    // setpriv, which becomes one of them, has its name and its arguments behind its own.
    private static bool WorksOn(string process, IReadOnlyCollection<string> directories)
    {
        if (!char.IsAsciiDigit(Path.GetFileName(process)[0]))
            return false;
        try
        {
            var words = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(process, "cmdline"))).Split('\0');
            var option = Array.IndexOf(words, "-D");
            return option >= 0
                && option + 1 < words.Length
                && directories.Contains(words[option + 1])
                && words.Take(option).Any(word => Programs.Contains(Path.GetFileName(word)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended.
            return false;
        }
    }
}
