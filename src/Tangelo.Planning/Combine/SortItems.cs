using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>ORDER BY and DISTINCT ON items by PostgreSQL's rules: a number, an output name, or an expression over input columns.</summary>
internal static class SortItems
{
    /// <summary>The position (from 0) of the output column that the item names, or -1 for an expression.</summary>
    internal static int OutputPosition(Node item, IReadOnlyList<string> names)
    {
        if (Syntax.IsOrdinal(item, out var ordinal))
            return ordinal >= 1 && ordinal <= names.Count ? ordinal - 1 : -1;
        if (!Syntax.IsBareName(item, out var name))
            return -1;
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }

        return -1;
    }

    /// <summary>
    /// The position of the output column that computes the same as <paramref name="item"/>, or -1. Positions count <c>*</c> as what it stands for.
    /// </summary>
    internal static int SamePosition(Node item, BlockAnalysis block)
    {
        if (block.Outputs is not { } outputs)
            return -1;
        var expressions = new Expressions(block.Scope);
        var column = item.NodeCase == Node.NodeOneofCase.ColumnRef ? block.Scope.Resolve(item.ColumnRef).Column : null;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (column is not null ? ReferenceEquals(outputs[i].Source, column) : outputs[i].Expression is { } e && expressions.Same(e, item))
                return i;
        }

        return -1;
    }

    /// <summary>The item again, sorting by <paramref name="value"/>.</summary>
    internal static Node With(SortBy item, Node value)
    {
        var copy = item.Clone();
        copy.Node = value;
        return new Node { SortBy = copy };
    }
}
