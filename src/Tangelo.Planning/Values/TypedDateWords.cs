using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Shapes;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Values;

/// <summary>
/// Gives 'now', 'today' and the like the type of the date or time column that they are compared with or stored in. With the cast they are values that
/// the coordinator computes once; without it each node would read them by its own clock.
/// </summary>
internal sealed class TypedDateWords(PlanRequest request)
{
    private Dictionary<string, List<DistributedTable>>? _tables;

    /// <summary>A changed copy, or null when no literal takes such a type.</summary>
    internal Node? Complete(Node statement)
    {
        if (!TreeWalker.Any(statement, m => m is A_Const constant && IsWord(constant)))
            return null;
        var changed = false;
        var tree = TreeRewriter.Rewrite(statement, node =>
        {
            changed |= node.NodeCase switch
            {
                Node.NodeOneofCase.InsertStmt => TypeRows(node.InsertStmt),
                Node.NodeOneofCase.UpdateStmt => TypeAssignments(node.UpdateStmt.Relation, node.UpdateStmt.TargetList),
                Node.NodeOneofCase.AExpr => TypeComparison(node.AExpr),
                _ => false,
            };
            return null;
        });
        return changed ? tree : null;
    }

    private bool TypeRows(InsertStmt insert)
    {
        if (TableOf(insert.Relation) is not { } table)
            return false;
        var changed = insert.OnConflictClause is { } conflict && TypeAssignments(insert.Relation, conflict.TargetList);
        if (insert.SelectStmt?.SelectStmt is not { Op: SetOperation.SetopNone } source)
            return changed;
        if (source.ValuesLists.Count == 0)
        {
            if (!source.TargetList.Any(Syntax.IsStar) && InsertTarget.Of(insert, table, source.TargetList.Count) is { } target)
            {
                for (var i = 0; i < Math.Min(target.Columns.Length, source.TargetList.Count); i++)
                    changed |= Type(source.TargetList[i].ResTarget.Val, target.Columns[i], v => source.TargetList[i].ResTarget.Val = v);
            }

            return changed;
        }

        foreach (var items in source.ValuesLists.Select(v => v.List.Items))
        {
            if (InsertTarget.Of(insert, table, items.Count) is not { } target)
                continue;
            for (var i = 0; i < Math.Min(target.Columns.Length, items.Count); i++)
                changed |= Type(items[i], target.Columns[i], v => items[i] = v);
        }

        return changed;
    }

    private bool TypeAssignments(RangeVar relation, IEnumerable<Node> assignments)
    {
        var changed = false;
        foreach (var target in assignments.Select(a => a.ResTarget).Where(t => t is { Val: not null, Indirection.Count: 0 }))
            changed |= Type(target.Val, TableOf(relation)?.FindColumn(target.Name), v => target.Val = v);
        return changed;
    }

    // column = 'today', column BETWEEN 'yesterday' AND 'now', column IN (...), and the other way round.
    private bool TypeComparison(A_Expr comparison)
    {
        var changed = false;
        if (comparison.Rexpr is not null && ColumnOf(comparison.Lexpr) is { } left)
        {
            if (comparison.Rexpr.NodeCase == Node.NodeOneofCase.List)
            {
                var items = comparison.Rexpr.List.Items;
                for (var i = 0; i < items.Count; i++)
                    changed |= Type(items[i], left, v => items[i] = v);
            }
            else if (comparison.Kind is not (A_Expr_Kind.AexprOpAny or A_Expr_Kind.AexprOpAll) && IsComparison(comparison))
            {
                changed |= Type(comparison.Rexpr, left, v => comparison.Rexpr = v);
            }
        }

        return (IsComparison(comparison) && ColumnOf(comparison.Rexpr) is { } right && Type(comparison.Lexpr, right, v => comparison.Lexpr = v)) || changed;
    }

    // date - 'today' takes another type.
    private static bool IsComparison(A_Expr expression) =>
        expression.Kind is A_Expr_Kind.AexprDistinct or A_Expr_Kind.AexprNotDistinct or A_Expr_Kind.AexprOp && expression.Name[^1].String?.Sval is "=" or "<>" or "<" or ">" or "<=" or ">=";

    private static bool Type(Node? value, TableColumn? column, Action<Node> replace)
    {
        if (value?.AConst is not { } constant || column is null || !IsWord(constant) || column.Type.Value is not (1082 or 1083 or 1114 or 1184 or 1266))
            return false;
        replace(Casts.To(value, InsertTarget.BaseType(column)));
        return true;
    }

    private static bool IsWord(A_Const constant) => constant.ValCase == A_Const.ValOneofCase.Sval && DateWords.MayBeIn(constant.Sval.Sval);

    // The column of a distributed table that a name means, as far as its type goes; null where something else could be meant.
    private TableColumn? ColumnOf(Node? node)
    {
        if (node?.ColumnRef is not { Fields: var fields } || fields[^1].String is not { Sval: var name })
            return null;
        _tables ??= RelationReferences.Collect(request.Statement.Tree)
            .GroupBy(r => r.Range.NameInQuery())
            .ToDictionary(g => g.Key, g => g.Select(r => TableOf(r.Range)).OfType<DistributedTable>().ToList());
        if (TreeWalker.Any(request.Statement.Tree, m => m is RangeSubselect or CommonTableExpr or RangeFunction))
            return null;
        IEnumerable<DistributedTable> candidates = fields.Count > 1
            ? fields[^2].String is { Sval: var owner } ? _tables.GetValueOrDefault(owner) ?? [] : []
            : _tables.Values.SelectMany(t => t);
        var columns = candidates.Select(t => t.FindColumn(name)).OfType<TableColumn>().DistinctBy(c => c.Type).ToList();
        return columns is [var column] ? column : null;
    }

    private DistributedTable? TableOf(RangeVar name) =>
        request.Relations.TryGetValue(new RelationName(name.Schemaname, name.Relname), out var resolved) ? request.Map.Find(resolved.Oid) : null;
}
