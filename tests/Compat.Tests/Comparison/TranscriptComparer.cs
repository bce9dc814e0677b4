using Tangelo.Compat.Tests.Scripts;
using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Comparison;

/// <summary>Compares what a plain server and a cluster answered to the same messages.</summary>
internal sealed class TranscriptComparer(CatalogNames plainNames, CatalogNames clusterNames)
{
    /// <param name="expected">The plain server's answer.</param>
    /// <param name="actual">The cluster's answer.</param>
    /// <param name="step">Says whether the order of rows counts and what to leave out.</param>
    /// <param name="cancel">Ends the look-up of names.</param>
    public async Task<IReadOnlyList<Difference>> CompareAsync(
        Transcript expected, Transcript actual, Compared step, CancellationToken cancel)
    {
        var found = new List<Difference>();
        for (var i = 0; i < Math.Max(expected.Replies.Count, actual.Replies.Count); i++)
        {
            var (a, b) = (expected.Replies.ElementAtOrDefault(i), actual.Replies.ElementAtOrDefault(i));
            if (a is null || b is null)
                found.Add(new Difference(Aspect.Shape, a?.ToString() ?? "nothing more", b?.ToString() ?? "nothing more"));
            else
                await CompareAsync(a, b, step, found, cancel);
        }
        Sequence(Aspect.Notices, expected.Notices.Select(NoticeText), actual.Notices.Select(NoticeText), true, found);
        Sequence(Aspect.Settings, Settings(expected), Settings(actual), false, found);
        Sequence(Aspect.Notifications, expected.Notifications, actual.Notifications, true, found);
        Value(Aspect.Status, expected.Status, actual.Status, found);
        return found.Where(d => !step.Options.Ignored.Contains(d.Aspect)).ToList();
    }

    private async Task CompareAsync(
        StatementReply a, StatementReply b, Compared step, List<Difference> found, CancellationToken cancel)
    {
        if (a.Error is { } expected && b.Error is { } actual)
        {
            // What came before an error depends on when the server noticed it, and no client can rely on it.
            ErrorComparer.Compare(expected, actual, found);
            return;
        }
        if (a.Error is not null || b.Error is not null)
        {
            found.Add(new Difference(Aspect.Shape, a.ToString(), b.ToString()));
            return;
        }
        Value(Aspect.Tag, a.Tag, b.Tag, found);
        Value(Aspect.CopyFormat, a.CopyFormat, b.CopyFormat, found);
        await ParametersAsync(a, b, found, cancel);
        await FieldsAsync(a.Fields, b.Fields, found, cancel);
        var ordered = step.Options.Ordered ?? SqlText.HasTopLevelOrderBy(step.Sql);
        var isBinary = (a.Fields ?? []).Select(f => f.Format == 1).ToList();
        Sequence(Aspect.Rows, Lines(a, isBinary), Lines(b, isBinary), ordered, found);
        if (a.CopyOut is not null && b.CopyOut is not null)
        {
            Sequence(Aspect.Rows, RowText.OfCopy(a.CopyOut.ToArray(), a.CopyFormat ?? 0),
                RowText.OfCopy(b.CopyOut.ToArray(), b.CopyFormat ?? 0), ordered, found);
        }
    }

    private static IEnumerable<string> Lines(StatementReply reply, List<bool> isBinary)
    {
        var skipped = (reply.Fields ?? []).Select(f => f.Format == 1 && CatalogNames.IsOidInBinary(f.TypeOid)).ToList();
        return reply.Rows.Select(row => RowText.Of(row.Select((v, i) => skipped.ElementAtOrDefault(i) ? null : v).ToArray(), isBinary));
    }

    private async Task ParametersAsync(StatementReply a, StatementReply b, List<Difference> found, CancellationToken cancel)
    {
        var (expected, actual) = (new List<string>(), new List<string>());
        foreach (var oid in a.ParameterTypes ?? [])
            expected.Add(await plainNames.TypeAsync(oid, cancel) ?? "?");
        foreach (var oid in b.ParameterTypes ?? [])
            actual.Add(await clusterNames.TypeAsync(oid, cancel) ?? "?");
        Sequence(Aspect.ParameterTypes, expected, actual, true, found);
    }

    private async Task FieldsAsync(
        List<WireField>? expected, List<WireField>? actual, List<Difference> found, CancellationToken cancel)
    {
        if (expected is null || actual is null)
        {
            Value(Aspect.ColumnNames, expected is null ? "no columns" : "columns", actual is null ? "no columns" : "columns", found);
            return;
        }
        Sequence(Aspect.ColumnNames, expected.Select(f => f.Name), actual.Select(f => f.Name), true, found);
        foreach (var (a, b) in expected.Zip(actual))
        {
            var (typeA, typeB) = (await plainNames.TypeAsync(a.TypeOid, cancel), await clusterNames.TypeAsync(b.TypeOid, cancel));
            if (typeA is null || typeB is null)
                (typeA, typeB) = CatalogNames.IsUserDefined(a.TypeOid) && CatalogNames.IsUserDefined(b.TypeOid) ? ("", "") : (typeA, typeB);
            Value(Aspect.ColumnTypes, $"{a.Name} type {typeA} size {a.TypeSize} typmod {a.TypeModifier} format {a.Format}",
                $"{b.Name} type {typeB} size {b.TypeSize} typmod {b.TypeModifier} format {b.Format}", found);
            var (tableA, tableB) = (await plainNames.RelationAsync(a.TableOid, cancel), await clusterNames.RelationAsync(b.TableOid, cancel));
            if ((tableA is null || tableB is null) && a.TableOid != 0 && b.TableOid != 0)
                (tableA, tableB) = ("", "");
            Value(Aspect.ColumnOrigins, $"{a.Name} from {tableA}.{a.ColumnNumber}", $"{b.Name} from {tableB}.{b.ColumnNumber}", found);
        }
    }

    private static string NoticeText(WireNotice notice) => $"{notice.Severity} {notice.SqlState} {notice.Message}";

    private static IEnumerable<string> Settings(Transcript transcript)
        => transcript.Settings.Select(s => $"{s.Key}={s.Value}");

    internal static void Value<T>(string aspect, T expected, T actual, List<Difference> found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            found.Add(new Difference(aspect, expected?.ToString() ?? "none", actual?.ToString() ?? "none"));
    }

    private static void Sequence(
        string aspect, IEnumerable<string> expected, IEnumerable<string> actual, bool ordered, List<Difference> found)
    {
        var (a, b) = (expected.ToList(), actual.ToList());
        if (!ordered)
        {
            a.Sort(StringComparer.Ordinal);
            b.Sort(StringComparer.Ordinal);
        }
        if (!a.SequenceEqual(b))
            found.Add(new Difference(aspect, Shown(a), Shown(b)));
    }

    private static string Shown(List<string> lines)
        => lines.Count == 0 ? "nothing" : $"{lines.Count}: " + string.Join(" ; ", lines.Take(12)) + (lines.Count > 12 ? " ; ..." : "");
}
