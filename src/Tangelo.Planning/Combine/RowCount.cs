using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>The LIMIT of a shard: as many rows as the whole result may need of it.</summary>
internal static class RowCount
{
    /// <summary>Replaces LIMIT and OFFSET of <paramref name="inner"/>; a rejection when they cannot be computed twice.</summary>
    internal static Rejection? Push(SelectStmt select, SelectStmt inner)
    {
        var (count, offset) = (select.LimitCount, select.LimitOffset);
        inner.LimitCount = null;
        inner.LimitOffset = null;
        inner.LimitOption = LimitOption.Default;
        foreach (var part in new[] { count, offset })
        {
            if (part is not null && Syntax.OfLevel<SubLink>([part]).Count + Syntax.OfLevel<FuncCall>([part]).Count > 0)
                return Rejection.Unsupported("LIMIT with a subquery or function is computed by the coordinator");
        }

        var pushed = count is null || (count.NodeCase == Node.NodeOneofCase.AConst && count.AConst.Isnull) ? null
            : offset is null ? count.Clone()
            : Syntax.IsOrdinal(count, out var rows) && Syntax.IsOrdinal(offset, out var skipped) && rows >= 0 && skipped >= 0
                ? Trees.Integer((long)rows + skipped)
                : null;
        // Without ORDER BY on the shards, WITH TIES would be an error; and ties beyond the count must come up.
        if (pushed is null || select.LimitOption == LimitOption.WithTies)
        {
            // Nobody needs the order of all rows.
            if (!HasDistinctOn(select))
                inner.SortClause.Clear();
            return null;
        }

        if (HasDistinctOn(select))
            return null;
        inner.LimitCount = pushed;
        inner.LimitOption = LimitOption.Count;
        return null;
    }

    private static bool HasDistinctOn(SelectStmt select) => select.DistinctClause.Count > 0 && !Syntax.IsPlainDistinct(select);
}
