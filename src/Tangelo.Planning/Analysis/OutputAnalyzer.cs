using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>The columns of a SELECT's result.</summary>
internal sealed class OutputAnalyzer(TypeInference types)
{
    /// <summary>The columns in order, <c>*</c> expanded; null when some are not known.</summary>
    internal IReadOnlyList<OutputColumn>? Of(SelectStmt select, Scope scope)
    {
        if (select.ValuesLists.Count > 0)
            return OfValues(select, scope);
        var outputs = new List<OutputColumn>();
        foreach (var node in select.TargetList)
        {
            if (Syntax.IsStar(node))
            {
                if (ExpandStar(node.ResTarget.Val.ColumnRef, scope) is not { } columns)
                    return null;
                outputs.AddRange(columns.Select(c => new OutputColumn(c.Name, c.Column, c.Column.Type, c.Column.Collation, null)));
            }
            else if (node.ResTarget.Val is { NodeCase: Node.NodeOneofCase.AIndirection } value
                && value.AIndirection.Indirection[^1].NodeCase == Node.NodeOneofCase.AStar)
            {
                return null;
            }
            else
            {
                outputs.Add(Of(node.ResTarget, scope));
            }
        }

        return outputs;
    }

    /// <summary>Not null when values of the expression may sort by another collation than the default one.</summary>
    internal static string? CollationOf(Node expression, Scope scope)
    {
        string? collation = null;
        Syntax.VisitLevel(expression, message => collation ??= message switch
        {
            CollateClause => "?",
            // It may be a domain with a collation of its own.
            TypeCast { TypeName: { } type } when !TypeNames.IsOnEveryServer(type) => "?",
            ColumnRef reference => scope.Resolve(reference).Column?.Collation,
            _ => null,
        });
        return collation;
    }

    private OutputColumn Of(ResTarget target, Scope scope)
    {
        var source = target.Val.NodeCase == Node.NodeOneofCase.ColumnRef
            && scope.Resolve(target.Val.ColumnRef) is { Kind: ReferenceKind.Column, IsOuter: false } reference ? reference.Column : null;
        var type = source?.Type ?? types.Infer(target.Val, scope);
        if (type == PgTypes.UnknownLiteral)
            type = PgTypes.Text;
        return new OutputColumn(OutputNames.Of(target), source, type, source is null ? CollationOf(target.Val, scope) : source.Collation, target.Val);
    }

    private static IEnumerable<NamedColumn>? ExpandStar(ColumnRef star, Scope scope)
    {
        if (star.Fields.Count > 1)
            return scope.Resolve(star) is { Kind: ReferenceKind.Row, IsOuter: false, Item: { } item } ? item.Columns : null;
        var visible = scope.Items.Where(i => i.ColumnsVisible).ToList();
        return visible.Any(i => i.Columns is null) ? null : visible.SelectMany(i => i.Columns!);
    }

    private List<OutputColumn> OfValues(SelectStmt values, Scope scope)
    {
        var first = values.ValuesLists[0].List.Items;
        var outputs = new List<OutputColumn>();
        for (var i = 0; i < first.Count; i++)
        {
            var column = values.ValuesLists.Select(v => types.Infer(v.List.Items[i], scope)).Distinct().ToList();
            outputs.Add(new OutputColumn($"column{i + 1}", null, column.Count == 1 && column[0] != PgTypes.UnknownLiteral ? column[0] : PgTypes.Unknown, null, first[i]));
        }

        return outputs;
    }
}
