using System.Globalization;
using System.Text;
using Tangelo.Regress.Comparing;
using Tangelo.Regress.Running;

namespace Tangelo.Regress.Reporting;

/// <summary>The page <c>docs/regression.md</c>.</summary>
internal static class ReportPage
{
    public static string Write(IReadOnlyList<FileResult> results)
    {
        var page = new StringBuilder();
        page.Append(
            """
            # PostgreSQL's own regression files

            `tools/regression.sh` has written this page. It runs the files of PostgreSQL's source through a cluster of a coordinator and two workers and
            through a plain server, and compares each answer: rows (in the order that the outermost ORDER BY asks for, else as a multiset), command tags, SQLSTATEs, messages.

            - *Local*: tables stay what they are.
            - *Distributed*: every CREATE TABLE is followed by `create_distributed_table` with the first hashable column that all its unique keys contain, or by
              `create_reference_table` when there is none or a foreign key refers to the table. Tables that get children or triggers with transition tables later in the file stay local, and so do temporary and partitioned ones.

            *Not compared* is what one server does not determine either or what cannot be the same by nature: plans, places on disk, statistics, the rows of LIMIT without
            ORDER BY. `tests/Regress/undetermined.txt` names those that have been looked at; the others still count as different. EXPLAIN must succeed or fail alike. *Follows* differs because an earlier statement about the
            same objects was refused or failed.

            """);
        foreach (var mode in results.Select(r => r.Mode).Distinct())
            AppendMode(page, mode, [.. results.Where(r => r.Mode == mode)]);
        page.Append("\n## Files that are not run\n\n| file | why |\n|---|---|\n");
        foreach (var (file, reason) in Schedules.Left.OrderBy(l => l.Key, StringComparer.Ordinal))
            page.Append(CultureInfo.InvariantCulture, $"| {file} | {reason} |\n");
        foreach (var (file, reason) in Schedules.LeftDistributed.OrderBy(l => l.Key, StringComparer.Ordinal))
            page.Append(CultureInfo.InvariantCulture, $"| {file} (distributed) | {reason} |\n");
        return page.ToString();
    }

    private static void AppendMode(StringBuilder page, Mode mode, List<FileResult> results)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {mode}\n\n| files | statements | same | different | not compared | share |\n|---|---:|---:|---:|---:|---:|\n");
        AppendSum(page, "core", [.. results.Where(r => Schedules.IsCore(r.File))]);
        AppendSum(page, "all", results);
        if (mode == Mode.Distributed)
            page.Append(CultureInfo.InvariantCulture, $"\nStatements whose rows differ, and that nobody has looked at: {results.Sum(r => r.Steps.Count(s => s.Verdict is Verdict.Rows or Verdict.Order))}.\n");
        page.Append("\n| file | statements | same | different | not compared | why |\n|---|---:|---:|---:|---:|---|\n");
        foreach (var r in results)
            page.Append(
                CultureInfo.InvariantCulture,
                $"| {r.File}{(Schedules.IsCore(r.File) ? "" : " *")} | {r.Counted} | {r.Same} | {r.Counted - r.Same} | {r.Steps.Count - r.Counted} | {Why(r)} |\n");
        page.Append("\nFiles with * are outside of the core.\n");
    }

    private static void AppendSum(StringBuilder page, string name, List<FileResult> results)
    {
        var counted = results.Sum(r => r.Counted);
        var same = results.Sum(r => r.Same);
        var left = results.Sum(r => r.Steps.Count) - counted;
        page.Append(
            CultureInfo.InvariantCulture,
            $"| {name} ({results.Count}) | {counted} | {same} | {counted - same} | {left} | {(counted == 0 ? 0 : 100.0 * same / counted):0.00} % |\n");
    }

    private static string Why(FileResult result) => string.Join(", ", result.Steps
        .Where(s => s.Verdict is not (Verdict.Same or Verdict.OtherByNature))
        .GroupBy(Reason)
        .OrderByDescending(g => g.Count())
        .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {g.Count()}")));

    private static string Reason(Compared step) => step.Verdict switch
    {
        Verdict.FollowsFailure => "follows",
        Verdict.Refused => "refused",
        Verdict.Message => "message",
        Verdict.Order => "order",
        Verdict.Rows => "rows",
        Verdict.NoError => $"no {step.Plain.SqlState}",
        Verdict.Lost => "no answer",
        _ => step.Cluster!.SqlState,
    };
}
