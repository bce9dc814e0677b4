using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// GROUP BY of a table's primary key lets its other columns stand beside it. A result has no key: there every column has to be grouped by.
/// </summary>
internal static class GroupedColumns
{
    /// <summary>True when a block needs the key of one of the tables.</summary>
    internal static bool NeedKey(PlanContext context, QueryBlock block, IReadOnlyCollection<TableUse> moved)
    {
        var select = block.Select;
        var own = moved.Where(m => m.Block == block).ToList();
        if (select.GroupClause.Count == 0 || own.Count == 0)
            return false;
        var groups = select.GroupClause.SelectMany(g => Meanings(g, select)).ToList();
        var needed = false;
        foreach (var root in select.TargetList.Concat(select.SortClause).Append(select.HavingClause))
        {
            if (root is null || IsOutput(root, select))
                continue;
            TreeRewriter.Rewrite(root, node =>
            {
                if (groups.Exists(g => IsSame(g, node)) || (node.FuncCall is { } call && context.Analyzer.Functions.IsAggregate(call)))
                    return node;
                if (node.ColumnRef is { } column)
                    needed |= Syntax.IsStar(new Node { ResTarget = new ResTarget { Val = node } }) || MayBelong(column, block, own);
                return null;
            });
        }

        return needed;
    }

    private static bool MayBelong(ColumnRef column, QueryBlock block, List<TableUse> own) =>
        NameResolver.OwnerOf(column, block) is { } owner
            ? own.Contains(owner)
            : column.Fields[^1].String?.Sval is { } name && own.Exists(u => u.Table.FindColumn(name) is not null);

    // An item may be the position or the name of an output column.
    private static IEnumerable<Node> Meanings(Node item, SelectStmt select)
    {
        if (item.GroupingSet is { } set)
            return set.Content.SelectMany(c => Meanings(c, select));
        if (item.RowExpr is { RowFormat: CoercionForm.CoerceImplicitCast } row)
            return row.Args.SelectMany(a => Meanings(a, select));
        if (Syntax.IsOrdinal(item, out var ordinal))
            return ordinal >= 1 && ordinal <= select.TargetList.Count ? [select.TargetList[ordinal - 1].ResTarget.Val] : [];
        var named = Syntax.IsBareName(item, out var name) ? select.TargetList.Where(t => t.ResTarget.Name == name).Select(t => t.ResTarget.Val) : [];
        return named.Prepend(item);
    }

    private static bool IsOutput(Node root, SelectStmt select) => root.SortBy is { } sort
        && (Syntax.IsOrdinal(sort.Node, out _) || (Syntax.IsBareName(sort.Node, out var name) && select.TargetList.Any(t => t.ResTarget.Name == name)));

    // Columns are compared by their names: two of one name in one block are told apart by their tables, which only costs a plan.
    private static bool IsSame(Node group, Node node) => group.ColumnRef is { } first && node.ColumnRef is { } second
        ? first.Fields[^1].String?.Sval is { } name && second.Fields[^1].String?.Sval == name && (first.Fields.Count != second.Fields.Count || first.Fields.Equals(second.Fields))
        : group.NodeCase == node.NodeCase && TreeLocations.EqualWithout(group, node);
}
