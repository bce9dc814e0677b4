using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>
/// DISTINCT, ORDER BY and LIMIT over rows that the shards compute whole. Each shard runs the query as it is, with expressions of ORDER BY
/// as further columns and with a LIMIT that covers the OFFSET; the coordinator does the same steps once more.
/// </summary>
internal static class SortedRows
{
    internal static PlanResult Plan(PlanContext context, BlockAnalysis block, IReadOnlyList<string> names)
    {
        var select = block.Select;
        var inner = select.Clone();
        var outer = Trees.Select();
        outer.FromClause.Add(Trees.FromSource());
        var hidden = new HiddenColumns(inner, names.Count);
        for (var i = 0; i < names.Count; i++)
            outer.TargetList.Add(Trees.Target(Trees.SourceColumn(i), names[i]));

        foreach (var sort in select.SortClause.Select(s => s.SortBy))
        {
            if (SortValue(block, sort.Node, names, hidden) is not { } value)
                return Rejection.Unsupported("a sort over a collation of its own is done by the coordinator");
            outer.SortClause.Add(SortItems.With(sort, value));
        }

        if ((select.DistinctClause.Count > 0 || block.UnionNeedsDistinct) && AddDistinct(block, outer, names, hidden) is { } rejection)
            return rejection;
        if (RowCount.Push(select, inner) is { } badLimit)
            return badLimit;
        outer.LimitCount = select.LimitCount?.Clone();
        outer.LimitOffset = select.LimitOffset?.Clone();
        outer.LimitOption = select.LimitOption;
        return CombineTexts.Plan(context, CombineStrategy.SortedRows, block.From, inner, hidden.Count, outer);
    }

    private static Node? SortValue(BlockAnalysis block, Node item, IReadOnlyList<string> names, HiddenColumns hidden)
    {
        // ORDER BY x COLLATE "C": the collation does not come up with the rows.
        var collate = item.NodeCase == Node.NodeOneofCase.CollateClause ? item.CollateClause : null;
        var bare = collate?.Arg ?? item;
        var position = collate is null ? SortItems.OutputPosition(item, names) : -1;
        if (position >= 0)
        {
            return block.Outputs is { } outputs && outputs[position].Collation is null ? Trees.SourceColumn(position) : null;
        }

        if (block.Select.Op != SetOperation.SetopNone || OutputAnalyzer.CollationOf(bare, block.Scope) is not null)
            return null;
        position = SortItems.SamePosition(bare, block);
        if (position < 0)
        {
            if (Syntax.IsPlainDistinct(block.Select))
                return null;
            position = hidden.Add(bare);
        }

        var value = Trees.SourceColumn(position);
        if (collate is null)
            return value;
        var copy = collate.Clone();
        copy.Arg = value;
        return new Node { CollateClause = copy };
    }

    private static Rejection? AddDistinct(BlockAnalysis block, SelectStmt outer, IReadOnlyList<string> names, HiddenColumns hidden)
    {
        if (Syntax.IsPlainDistinct(block.Select) || block.UnionNeedsDistinct)
        {
            // Values that are equal to their own collation may be different to the default one.
            if (block.Outputs is null || block.Outputs.Any(o => o.Collation is not null && !Collations.ComparesBytes(o.Collation)))
                return Rejection.Unsupported("DISTINCT over a collation of its own is computed by the coordinator");
            outer.DistinctClause.Add(new Node());
            return null;
        }

        foreach (var item in block.Select.DistinctClause)
        {
            var position = SortItems.OutputPosition(item, names);
            if (position < 0)
                position = SortItems.SamePosition(item, block);
            if (position < 0)
                position = hidden.Find(item, block) is >= 0 and var found ? found : hidden.Add(item);
            outer.DistinctClause.Add(Trees.SourceColumn(position));
        }

        return null;
    }
}
