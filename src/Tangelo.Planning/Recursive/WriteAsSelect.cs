using PgQuery;
using Tangelo.Planning.Combine;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// An UPDATE or DELETE in the form of a SELECT, so that it can be taken apart like one: the table that it changes is the first item of FROM, and
/// the new values and what RETURNING asks for are the target list.
/// </summary>
internal sealed class WriteAsSelect
{
    private readonly Node _write;

    // For each value that stands in the target list, where it goes back to.
    private readonly List<Action<Node, Node>> _places = [];

    private WriteAsSelect(Node write) => _write = write;

    /// <summary>The SELECT that stands for the statement.</summary>
    internal SelectStmt Select { get; } = Trees.Select();

    /// <summary>Null when the statement has something that a SELECT cannot stand for.</summary>
    internal static WriteAsSelect? Of(Node write)
    {
        var made = new WriteAsSelect(write);
        var target = (write.UpdateStmt?.Relation ?? write.DeleteStmt.Relation).Clone();
        var with = write.UpdateStmt?.WithClause ?? write.DeleteStmt?.WithClause;
        if (!target.Inh || with is not null && with.Ctes.Any(c => c.CommonTableExpr.Ctename == target.Relname))
            return null;
        if (write.UpdateStmt is { } update && !made.TryTakeValues(update))
            return null;
        made.Select.FromClause.Add(new Node { RangeVar = target });
        made.Select.FromClause.Add((write.UpdateStmt?.FromClause ?? write.DeleteStmt!.UsingClause).Select(n => n.Clone()));
        made.Select.WhereClause = (write.UpdateStmt?.WhereClause ?? write.DeleteStmt?.WhereClause)?.Clone();
        made.Select.WithClause = with?.Clone();
        foreach (var item in write.UpdateStmt?.ReturningList ?? write.DeleteStmt!.ReturningList)
            made.Select.TargetList.Add(item.Clone());
        return made;
    }

    /// <summary>The statement again, with the parts of a SELECT that has been made of <see cref="Select"/>.</summary>
    internal Node Restore(SelectStmt select)
    {
        var write = _write.Clone();
        for (var i = 0; i < _places.Count; i++)
            _places[i](write, select.TargetList[i].ResTarget.Val);
        if (write.UpdateStmt is { } update)
            (update.WithClause, update.WhereClause) = (select.WithClause, select.WhereClause);
        else
            (write.DeleteStmt.WithClause, write.DeleteStmt.WhereClause) = (select.WithClause, select.WhereClause);
        Replace(write.UpdateStmt?.FromClause ?? write.DeleteStmt.UsingClause, select.FromClause.Skip(1));
        Replace(write.UpdateStmt?.ReturningList ?? write.DeleteStmt.ReturningList, select.TargetList.Skip(_places.Count));
        return write;
    }

    private bool TryTakeValues(UpdateStmt update)
    {
        for (var i = 0; i < update.TargetList.Count; i++)
        {
            var position = i;
            var value = update.TargetList[i].ResTarget.Val;
            if (update.TargetList[i].ResTarget.Indirection.Any(n => n.AIndices is not null))
                return false;
            switch (value)
            {
                // DEFAULT stays where it is.
                case { SetToDefault: not null }:
                    break;
                case { MultiAssignRef: { Source: { } source } several }:
                    if (source.RowExpr?.Args.Any(a => a.SetToDefault is not null) ?? false)
                        return false;

                    // The columns of (a, b) = ... share one source, which the tree holds once for each.
                    if (several.Colno == 1)
                        Take(source, (write, node) => SetSource(write.UpdateStmt, position, several.Ncolumns, node));
                    break;
                default:
                    Take(value, (write, node) => write.UpdateStmt.TargetList[position].ResTarget.Val = node);
                    break;
            }
        }

        return true;
    }

    private void Take(Node value, Action<Node, Node> place)
    {
        Select.TargetList.Add(Trees.Target(value.Clone()));
        _places.Add(place);
    }

    private static void SetSource(UpdateStmt update, int first, int columns, Node source)
    {
        for (var i = first; i < first + columns; i++)
            update.TargetList[i].ResTarget.Val.MultiAssignRef.Source = source.Clone();
    }

    private static void Replace(Google.Protobuf.Collections.RepeatedField<Node> list, IEnumerable<Node> items)
    {
        var all = items.ToList();
        list.Clear();
        list.Add(all);
    }
}
