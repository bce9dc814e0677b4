using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine.Aggregates;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>
/// Aggregation in two phases. The shards group their rows and compute partial results; the coordinator groups those again, and over
/// them computes HAVING, window functions, DISTINCT, ORDER BY and LIMIT as they are written.
/// </summary>
internal sealed class TwoPhase
{
    private readonly PlanContext _context;
    private readonly BlockAnalysis _block;
    private readonly IReadOnlyList<string> _names;
    private readonly FirstPhase _phase;
    private Rejection? _rejection;

    private TwoPhase(PlanContext context, BlockAnalysis block, IReadOnlyList<string> names)
    {
        _context = context;
        _block = block;
        _names = names;
        _phase = new FirstPhase(context, block);
    }

    internal static PlanResult Plan(PlanContext context, BlockAnalysis block, IReadOnlyList<string> names) =>
        new TwoPhase(context, block, names).Plan();

    private PlanResult Plan()
    {
        var select = _block.Select;
        if (GroupItems.HasGroupingSets(select) || GroupItems.Of(_block) is not { } groups)
            return Rejection.Unsupported("grouping sets are computed over all rows");
        if (_block.Outputs is null || Collations.Differ(_block, _names))
            return Rejection.Unsupported("a collation of its own is the coordinator's matter");

        var outer = Trees.Select();
        outer.FromClause.Add(Trees.FromSource());
        foreach (var group in groups)
        {
            var column = _phase.Group(group);
            if (!outer.GroupClause.Any(g => g.Equals(column)))
                outer.GroupClause.Add(column);
        }

        GroupByDistinctArguments();
        for (var i = 0; i < _block.Outputs.Count; i++)
            outer.TargetList.Add(Trees.Target(Output(i), _names[i]));
        outer.HavingClause = select.HavingClause is null ? null : Rewrite(select.HavingClause);
        outer.WindowClause.Add(select.WindowClause.Select(Rewrite));
        outer.SortClause.Add(select.SortClause.Select(s => SortItems.With(s.SortBy, Item(s.SortBy.Node))));
        outer.DistinctClause.Add(Syntax.IsPlainDistinct(select) ? [new Node()] : select.DistinctClause.Select(Item));
        outer.LimitCount = select.LimitCount is null ? null : Rewrite(select.LimitCount);
        outer.LimitOffset = select.LimitOffset is null ? null : Rewrite(select.LimitOffset);
        outer.LimitOption = select.LimitOption;
        if (_rejection is not null)
            return _rejection;
        // Without any column the shards could not say how many rows there are.
        return _phase.ColumnCount == 0
            ? Rejection.Unsupported("nothing is computed on the shards")
            : CombineTexts.Plan(_context, CombineStrategy.TwoPhases, _block.From, _phase.ToSelect(), _phase.ColumnCount, outer);
    }

    private void GroupByDistinctArguments()
    {
        foreach (var call in Syntax.OfLevel<FuncCall>(Syntax.OutputExpressions(_block.Select)).Where(_context.Analyzer.Functions.IsAggregate))
        {
            if (AggregateSplits.DistinctArgument(call) is { } argument)
                _phase.Group(argument);
        }
    }

    private Node Output(int position)
    {
        var output = _block.Outputs![position];
        if (output.Expression is { } expression)
            return Rewrite(expression);
        Reject("* stands for a column that is not grouped by");
        return new Node();
    }

    private Node Item(Node item)
    {
        var position = SortItems.OutputPosition(item, _names);
        return position >= 0 ? Trees.Integer(position + 1) : Rewrite(item);
    }

    // An expression over input rows becomes one over groups and partial results.
    private Node Rewrite(Node expression) => TreeRewriter.Rewrite(expression, node =>
    {
        if (node.NodeCase is Node.NodeOneofCase.ColumnRef or Node.NodeOneofCase.FuncCall or Node.NodeOneofCase.AExpr
            or Node.NodeOneofCase.TypeCast or Node.NodeOneofCase.CaseExpr or Node.NodeOneofCase.CoalesceExpr or Node.NodeOneofCase.MinMaxExpr
            or Node.NodeOneofCase.BoolExpr or Node.NodeOneofCase.NullTest or Node.NodeOneofCase.BooleanTest or Node.NodeOneofCase.AIndirection
            or Node.NodeOneofCase.SubLink or Node.NodeOneofCase.RowExpr or Node.NodeOneofCase.AArrayExpr or Node.NodeOneofCase.CollateClause
            && _phase.TryGroup(node) is { } group)
            return group;
        switch (node.NodeCase)
        {
            case Node.NodeOneofCase.ColumnRef:
                Reject("a column that is not grouped by");
                return node;
            case Node.NodeOneofCase.SubLink:
                Reject("a subquery over grouped rows");
                return node;
            case Node.NodeOneofCase.GroupingFunc:
                Reject("GROUPING");
                return node;
            case Node.NodeOneofCase.FuncCall when _context.Analyzer.Functions.IsAggregate(node.FuncCall):
                if (AggregateSplits.Split(node.FuncCall, _phase) is { } combined)
                    return combined;
                Reject($"aggregate {Syntax.FunctionName(node.FuncCall)} needs all rows in one place");
                return node;
            default:
                return null;
        }
    });

    private void Reject(string reason) => _rejection ??= Rejection.Unsupported(reason);
}
