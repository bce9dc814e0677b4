using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>Columns that only the combining query sees, after those of the result.</summary>
internal sealed class HiddenColumns(SelectStmt inner, int visible)
{
    private readonly List<Node> _hidden = [];

    /// <summary>The number of columns with the hidden ones.</summary>
    internal int Count => visible + _hidden.Count;

    /// <summary>Adds the expression and gives its position.</summary>
    internal int Add(Node expression)
    {
        _hidden.Add(expression);
        // A name that no ORDER BY can mean.
        inner.TargetList.Add(Trees.Target(expression.Clone(), $"tangelo_sort_{_hidden.Count}"));
        return Count - 1;
    }

    /// <summary>The position of a hidden column that computes the same, or -1.</summary>
    internal int Find(Node expression, BlockAnalysis block)
    {
        var expressions = new Expressions(block.Scope);
        var index = _hidden.FindIndex(h => expressions.Same(h, expression));
        return index < 0 ? -1 : visible + index;
    }
}
