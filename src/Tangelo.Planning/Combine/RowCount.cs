using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>The LIMIT of a shard: as many rows as the whole result may need of it.</summary>
internal static class RowCount
{
    // Two of them can be added.
    private const long Most = long.MaxValue / 2;

    // Stand in for the two clauses.
    private const string Count = "tangelo_count";
    private const string Offset = "tangelo_offset";

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

        if (count is null || (count.NodeCase == Node.NodeOneofCase.AConst && count.AConst.Isnull))
        {
            // Nobody needs the order of all rows, but DISTINCT ON takes the first of each group.
            if (!HasDistinctOn(select))
                inner.SortClause.Clear();
            return null;
        }

        // Whatever is among the first rows of all, or ties with the last of them, is so on its shard. Of no rows none is computed, whatever is skipped.
        inner.LimitCount = offset is null ? count.Clone()
            : Syntax.IsOrdinal(count, out var rows) && Syntax.IsOrdinal(offset, out var skipped) && rows >= 0 && skipped >= 0 ? Trees.Integer(rows == 0 ? 0 : (long)rows + skipped)
            : Sum(count, offset);
        inner.LimitOption = select.LimitOption;
        return null;
    }

    // The coordinator says what is wrong with a negative count or offset: here such a count means all rows, and such an offset none.
    internal static Node Sum(Node count, Node offset)
    {
        var sum = SqlParser.ParseExpression(
            $"CASE WHEN {Count}::bigint = 0 THEN 0 WHEN {Count}::bigint BETWEEN 0 AND {Most} THEN {Count}::bigint + LEAST(GREATEST({Offset}::bigint, 0), {Most}) END");
        return TreeRewriter.Rewrite(sum, node => node.ColumnRef is not { } name ? null : name.Fields[0].String.Sval == Count ? count.Clone() : offset.Clone());
    }

    private static bool HasDistinctOn(SelectStmt select) => select.DistinctClause.Count > 0 && !Syntax.IsPlainDistinct(select);
}
