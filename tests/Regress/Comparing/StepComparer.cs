using System.Text.RegularExpressions;
using Tangelo.Regress.Running;
using Tangelo.Regress.Scripts;

namespace Tangelo.Regress.Comparing;

/// <summary>Compares what the two servers said to one step.</summary>
internal static partial class StepComparer
{
    public static Verdict Compare(Step step, Mode mode, Answer plain, Answer cluster)
    {
        // A backslash command leaves the SQLSTATE of the statement before it.
        if (!step.IsStatement)
            cluster = cluster with { SqlState = plain.SqlState };
        var expected = plain.Text;
        var actual = cluster.Text;
        if (expected == actual && plain.SqlState == cluster.SqlState)
            return Verdict.Same;
        if (mode == Mode.Distributed && ByNature().IsMatch(step.Text) && plain.Failed == cluster.Failed)
            return Verdict.OtherByNature;
        if (cluster.Failed && cluster.SqlState != plain.SqlState)
        {
            return cluster.SqlState switch
            {
                "XX000" => Verdict.Internal,
                "0A000" => Verdict.Refused,
                _ when plain.Failed => Verdict.OtherError,
                _ => Verdict.Error,
            };
        }
        if (plain.Failed && !cluster.Failed)
            return Verdict.NoError;
        var expectedRows = Rows(expected);
        var actualRows = Rows(actual);
        if (plain.Failed && cluster.Failed)
            return Verdict.Message;
        if (!expectedRows.SequenceEqual(actualRows))
        {
            if (!expectedRows.Order(StringComparer.Ordinal).SequenceEqual(actualRows.Order(StringComparer.Ordinal)))
                return Verdict.Rows;
            if (!RowOrder.Allows(step.Text, expectedRows, actualRows))
                return Verdict.Order;
        }
        return Messages(expected).Order(StringComparer.Ordinal).SequenceEqual(Messages(actual).Order(StringComparer.Ordinal)) ? Verdict.Same : Verdict.Message;
    }

    private static List<string> Rows(string text) => text.Length == 0 ? [] : [.. text.Split('\n').Where(l => !MessageLine().IsMatch(l))];

    private static List<string> Messages(string text) => [.. text.Split('\n').Where(l => MessageLine().IsMatch(l))];

    [GeneratedRegex(@"^(NOTICE|WARNING|INFO|DEBUG|LOG|ERROR|FATAL|DETAIL|HINT|CONTEXT|QUERY|LINE \d+|STATEMENT):|^SQL statement|^PL/pgSQL function|^SQL function|^drop cascades to")]
    private static partial Regex MessageLine();

    [GeneratedRegex(@"^\s*explain\b|\brelfilenode|\bpg_relation_size|\bpg_stat", RegexOptions.IgnoreCase)]
    private static partial Regex ByNature();
}
