using Google.Protobuf;
using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>Compares expressions by what they mean in a scope: <c>a</c> and <c>t.a</c> are the same column.</summary>
internal sealed class Expressions(Scope scope)
{
    /// <summary>True when both compute the same, as PostgreSQL's equal() finds.</summary>
    internal bool Same(Node left, Node right)
    {
        if (left.NodeCase == Node.NodeOneofCase.ColumnRef && right.NodeCase == Node.NodeOneofCase.ColumnRef)
            return scope.Resolve(left.ColumnRef).Column is { } column && ReferenceEquals(column, scope.Resolve(right.ColumnRef).Column);
        return left.NodeCase == right.NodeCase && TreeLocations.EqualWithout(Normal(left), Normal(right));
    }

    private Node Normal(Node expression)
    {
        var ids = new Dictionary<EntryColumn, string>(ReferenceEqualityComparer.Instance);
        return TreeRewriter.Rewrite(expression, node =>
        {
            if (node.NodeCase != Node.NodeOneofCase.ColumnRef || scope.Resolve(node.ColumnRef) is not { Kind: ReferenceKind.Column, Column: { } column })
                return null;
            var name = $"{System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(column)}.{column.Name}";
            return Trees.Column(name);
        });
    }
}
