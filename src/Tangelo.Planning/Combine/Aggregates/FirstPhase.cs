using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>The query that the shards run: its groups, then the partial results. Equal expressions are computed once.</summary>
internal sealed class FirstPhase(PlanContext context, BlockAnalysis block)
{
    private readonly List<Node> _groups = [];
    private readonly List<Node> _partials = [];
    private readonly Expressions _expressions = new(block.Scope);

    internal int ColumnCount => _groups.Count + _partials.Count;

    /// <summary>The type of an argument, or 0.</summary>
    internal Oid TypeOf(Node argument) => context.Analyzer.Types.Infer(argument, block.Scope);

    internal bool IsVolatile(FuncCall call) => context.Analyzer.Functions.IsVolatile(call);

    /// <summary>A column for the groups of the result. All groups are added before the first partial result.</summary>
    internal Node Group(Node expression)
    {
        var index = FindGroup(expression);
        if (index < 0)
        {
            if (_partials.Count > 0)
                throw new InvalidOperationException("groups come before partial results");
            _groups.Add(expression.Clone());
            index = _groups.Count - 1;
        }

        return Trees.SourceColumn(index);
    }

    /// <summary>The column of a group that computes the same as <paramref name="expression"/>, or null.</summary>
    internal Node? TryGroup(Node expression) => FindGroup(expression) is >= 0 and var index ? Trees.SourceColumn(index) : null;

    /// <summary>The column of a partial result.</summary>
    internal Node Partial(Node aggregate)
    {
        var index = _partials.FindIndex(p => _expressions.Same(p, aggregate));
        if (index < 0)
        {
            _partials.Add(aggregate.Clone());
            index = _partials.Count - 1;
        }

        return Trees.SourceColumn(_groups.Count + index);
    }

    /// <summary>The query itself: FROM, WHERE and WITH as they are.</summary>
    internal SelectStmt ToSelect()
    {
        var inner = Trees.Select();
        inner.FromClause.Add(block.Select.FromClause.Select(f => f.Clone()));
        inner.WhereClause = block.Select.WhereClause?.Clone();
        inner.WithClause = block.Select.WithClause?.Clone();
        inner.TargetList.Add(_groups.Concat(_partials).Select(e => Trees.Target(e)));
        for (var i = 1; i <= _groups.Count; i++)
            inner.GroupClause.Add(Trees.Integer(i));
        return inner;
    }

    private int FindGroup(Node expression) => _groups.FindIndex(g => _expressions.Same(g, expression));
}
