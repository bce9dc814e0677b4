using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>
/// For aggregates without two phases, window functions and grouping sets: the shards give the columns that are needed of the rows that WHERE lets pass,
/// and the coordinator computes everything else.
/// </summary>
internal sealed class RowsUp
{
    private readonly PlanContext _context;
    private readonly BlockAnalysis _block;
    private readonly IReadOnlyList<string> _names;
    private readonly List<(EntryColumn Column, Node Reference)> _columns = [];
    private Rejection? _rejection;

    private RowsUp(PlanContext context, BlockAnalysis block, IReadOnlyList<string> names)
    {
        _context = context;
        _block = block;
        _names = names;
    }

    internal static PlanResult Plan(PlanContext context, BlockAnalysis block, IReadOnlyList<string> names) =>
        new RowsUp(context, block, names).Plan();

    private PlanResult Plan()
    {
        var select = _block.Select;
        if (select.Op != SetOperation.SetopNone || _block.Outputs is not { } outputs || Collations.Differ(_block, _names))
            return Rejection.Unsupported("a collation of its own is the coordinator's matter");
        if (_block.IsGrouped && !IsGroupedByEveryColumn())
            return Rejection.Unsupported("a column follows from a primary key in GROUP BY");

        var outer = Trees.Select();
        outer.FromClause.Add(Trees.FromSource());
        for (var i = 0; i < outputs.Count; i++)
        {
            var value = outputs[i].Expression is { } expression ? Rewrite(expression) : Star(outputs[i]);
            outer.TargetList.Add(Trees.Target(value, _names[i]));
        }

        outer.GroupClause.Add(select.GroupClause.Select(GroupItem));
        outer.GroupDistinct = select.GroupDistinct;
        outer.HavingClause = select.HavingClause is null ? null : Rewrite(select.HavingClause);
        outer.WindowClause.Add(select.WindowClause.Select(Rewrite));
        outer.SortClause.Add(select.SortClause.Select(s => SortItems.With(s.SortBy, Item(s.SortBy.Node))));
        outer.DistinctClause.Add(Syntax.IsPlainDistinct(select) ? [new Node()] : select.DistinctClause.Select(Item));
        outer.LimitCount = select.LimitCount is null ? null : Rewrite(select.LimitCount);
        outer.LimitOffset = select.LimitOffset is null ? null : Rewrite(select.LimitOffset);
        outer.LimitOption = select.LimitOption;
        if (_rejection is not null)
            return _rejection;

        var inner = Inner();
        return CombineTexts.Plan(_context, CombineStrategy.RowsUp, _block.From, inner, inner.TargetList.Count, outer);
    }

    private SelectStmt Inner()
    {
        var inner = Trees.Select();
        inner.FromClause.Add(_block.Select.FromClause.Select(f => f.Clone()));
        inner.WhereClause = _block.Select.WhereClause?.Clone();
        inner.WithClause = _block.Select.WithClause?.Clone();
        inner.TargetList.Add(_columns.Select(c => Trees.Target(c.Reference)));
        // Rows count even when nothing of them is needed.
        if (_columns.Count == 0)
            inner.TargetList.Add(Trees.Target(Trees.Integer(1)));
        return inner;
    }

    private Node GroupItem(Node item)
    {
        switch (item.NodeCase)
        {
            case Node.NodeOneofCase.GroupingSet:
                var set = item.Clone();
                for (var i = 0; i < set.GroupingSet.Content.Count; i++)
                    set.GroupingSet.Content[i] = GroupItem(set.GroupingSet.Content[i]);
                return set;
            case Node.NodeOneofCase.AConst:
                return item.Clone();
            default:
                var position = GroupItems.OutputPosition(item, _block, _names);
                return position >= 0 ? Trees.Integer(position + 1) : Rewrite(item);
        }
    }

    private Node Item(Node item)
    {
        var position = SortItems.OutputPosition(item, _names);
        return position >= 0 ? Trees.Integer(position + 1) : Rewrite(item);
    }

    private Node Star(OutputColumn output)
    {
        var position = _columns.FindIndex(c => ReferenceEquals(c.Column, output.Source));
        if (position >= 0)
            return Trees.SourceColumn(position);
        // Only a name that means this column and no other can be written into the inner query.
        var reference = Trees.Column(output.Name);
        if (output.Source is null || !ReferenceEquals(_block.Scope.Resolve(reference.ColumnRef).Column, output.Source) || HasTwins(output))
        {
            if (QualifiedName(output) is not { } qualified)
            {
                _rejection ??= Rejection.Unsupported("a column of * has no name of its own");
                return reference;
            }

            reference = qualified;
        }

        _columns.Add((output.Source!, reference));
        return Trees.SourceColumn(_columns.Count - 1);
    }

    private bool HasTwins(OutputColumn output) =>
        _block.Scope.Items.Where(i => i.ColumnsVisible).Sum(i => i.Columns?.Count(c => c.Name == output.Name) ?? 0) > 1;

    private Node? QualifiedName(OutputColumn output)
    {
        foreach (var item in _block.Scope.Items.Where(i => i.NameVisible && i.Columns is not null))
        {
            if (item.Columns!.Any(c => ReferenceEquals(c.Column, output.Source) && c.Name == output.Name)
                && item.Columns!.Count(c => c.Name == output.Name) == 1)
                return Trees.Column(item.Name, output.Name);
        }

        return null;
    }

    private Node Rewrite(Node expression) => TreeRewriter.Rewrite(expression, node =>
    {
        switch (node.NodeCase)
        {
            case Node.NodeOneofCase.SubLink:
                _rejection ??= Rejection.Unsupported("a subquery over combined rows is computed by the coordinator");
                return node;
            case Node.NodeOneofCase.ColumnRef:
                return Column(node);
            default:
                return null;
        }
    });

    private Node Column(Node node)
    {
        if (_block.Scope.Resolve(node.ColumnRef) is not { Kind: ReferenceKind.Column, Column: { } column })
        {
            _rejection ??= Rejection.Unsupported("a whole row is computed by the coordinator");
            return node;
        }

        var position = _columns.FindIndex(c => ReferenceEquals(c.Column, column));
        if (position < 0)
        {
            _columns.Add((column, node.Clone()));
            position = _columns.Count - 1;
        }

        return Trees.SourceColumn(position);
    }

    // GROUP BY of a primary key lets other columns stand beside it; the combined rows have no primary key.
    private bool IsGroupedByEveryColumn()
    {
        if (GroupItems.Of(_block) is not { } groups)
            return false;
        var expressions = new Expressions(_block.Scope);
        var select = _block.Select;
        var bare = false;
        foreach (var root in select.TargetList.Append(select.HavingClause).Concat(select.SortClause).Concat(select.WindowClause))
        {
            if (root is null || (root.SortBy is { } sort && SortItems.OutputPosition(sort.Node, _names) >= 0))
                continue;
            TreeRewriter.Rewrite(root, node =>
            {
                if (groups.Exists(g => expressions.Same(g, node))
                    || (node.NodeCase == Node.NodeOneofCase.FuncCall && _context.Analyzer.Functions.IsAggregate(node.FuncCall)))
                    return node;
                bare |= node.NodeCase == Node.NodeOneofCase.ColumnRef;
                return null;
            });
        }

        return !bare;
    }
}
