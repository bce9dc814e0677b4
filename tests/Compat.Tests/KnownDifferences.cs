using Tangelo.Compat.Tests.Running;

namespace Tangelo.Compat.Tests;

/// <summary>
/// Differences that are known and not mended yet: <c>cases/known-differences.txt</c>, one a line, as script, protocol, aspect and statement. A
/// difference that is not in the list fails its test. Whoever mends one takes its lines out.
/// </summary>
internal static class KnownDifferences
{
    private static readonly HashSet<string> Lines =
        [.. File.ReadLines(Path.Combine(Cases.Directory, "known-differences.txt")).Where(l => l.Length > 0 && l[0] != '#')];

    public static bool Contains(string script, Finding finding) => Lines.Contains(Line(script, finding));

    /// <summary>The line that stands for a difference.</summary>
    public static string Line(string script, Finding finding)
    {
        var sql = string.Join(' ', finding.Sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return $"{script} | {finding.How} | {finding.Difference.Aspect} | {(sql.Length > 160 ? sql[..160] : sql)}";
    }
}
