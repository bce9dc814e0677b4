using Tangelo.Harness.Wire;

namespace Tangelo.Fuzz.Tests.Running;

/// <summary>Compares two answers to one statement: SQLSTATE, columns and their types, tag, and the rows, in order or as a multiset.</summary>
internal static class AnswerComparer
{
    public static MismatchKind? Compare(StatementReply plain, StatementReply cluster, bool isOrdered)
    {
        if (plain.Error?.SqlState != cluster.Error?.SqlState)
            return MismatchKind.State;
        if (plain.Error is not null)
            return null;
        if (plain.Tag != cluster.Tag && plain.Rows.Count == cluster.Rows.Count)
            return MismatchKind.Tag;
        if (!Columns(plain, cluster).SequenceEqual(Columns(cluster, cluster)))
            return MismatchKind.Columns;
        return SameRows(plain.Rows, cluster.Rows, isOrdered) ? null : MismatchKind.Rows;
    }

    // PostgreSQL describes what its planner has simplified: of CASE WHEN true THEN n ELSE n + n END the type modifier is known to it, but not before.
    private static IEnumerable<(string, uint, int, short)> Columns(StatementReply reply, StatementReply cluster) =>
        (reply.Fields ?? []).Select((f, i) => (f.Name, f.TypeOid, i < cluster.Fields!.Count && cluster.Fields[i].TypeModifier == -1 ? -1 : f.TypeModifier, f.Format));

    private static bool SameRows(List<byte[]?[]> plain, List<byte[]?[]> cluster, bool isOrdered)
    {
        if (plain.Count != cluster.Count)
            return false;
        var left = plain.Select(Text);
        var right = cluster.Select(Text);
        return isOrdered
            ? left.SequenceEqual(right)
            : left.Order(StringComparer.Ordinal).SequenceEqual(right.Order(StringComparer.Ordinal));
    }

    private static string Text(byte[]?[] row) => string.Join('|', row.Select(v => v is null ? "-" : Convert.ToHexString(v)));
}
