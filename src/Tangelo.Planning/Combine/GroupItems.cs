using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>GROUP BY items by PostgreSQL's rules: a number, an input column, an output name, or an expression.</summary>
internal static class GroupItems
{
    /// <summary>The expressions grouped by, rows and grouping sets taken apart; null when one is not known.</summary>
    internal static List<Node>? Of(BlockAnalysis block)
    {
        var groups = new List<Node>();
        return block.Select.GroupClause.All(item => Add(item, block, groups)) ? groups : null;
    }

    internal static bool HasGroupingSets(SelectStmt select) => select.GroupClause.Any(g => g.NodeCase == Node.NodeOneofCase.GroupingSet);

    /// <summary>The output position (from 0) that a bare name means because no input column has it; -1 otherwise.</summary>
    internal static int OutputPosition(Node item, BlockAnalysis block, IReadOnlyList<string> names)
    {
        if (!Syntax.IsBareName(item, out _) || block.Scope.Resolve(item.ColumnRef).Kind == ReferenceKind.Column)
            return -1;
        return SortItems.OutputPosition(item, names);
    }

    private static bool Add(Node item, BlockAnalysis block, List<Node> groups)
    {
        switch (item.NodeCase)
        {
            case Node.NodeOneofCase.GroupingSet:
                return item.GroupingSet.Content.All(c => Add(c, block, groups));
            case Node.NodeOneofCase.RowExpr when item.RowExpr.RowFormat == CoercionForm.CoerceImplicitCast:
                return item.RowExpr.Args.All(a => Add(a, block, groups));
        }

        if (Syntax.IsOrdinal(item, out var ordinal))
            return AddOutput(ordinal - 1, block, groups);
        if (Syntax.IsBareName(item, out var name) && block.Scope.Resolve(item.ColumnRef).Kind != ReferenceKind.Column)
            return AddOutput(block.Outputs?.ToList().FindIndex(o => o.Name == name) ?? -1, block, groups);
        groups.Add(item);
        return true;
    }

    private static bool AddOutput(int position, BlockAnalysis block, List<Node> groups)
    {
        if (block.Outputs is not { } outputs || position < 0 || position >= outputs.Count || outputs[position].Expression is not { } expression)
            return false;
        groups.Add(expression);
        return true;
    }
}
