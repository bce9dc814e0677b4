using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Locking;

/// <summary>
/// The columns that a query gives which locks rows of tables, all plain columns of those. It names nothing outside of itself: names of a query around it
/// would be lost when it is run by itself.
/// </summary>
internal static class LockedColumns
{
    /// <summary>Null for any other query.</summary>
    internal static List<TableColumn>? Of(PlanContext context, Node query)
    {
        if (query.SelectStmt is not { Op: SetOperation.SetopNone, LockingClause.Count: > 0, WithClause: null } select)
            return null;
        var tables = new List<(string Name, DistributedTable Table)>();
        if (!select.FromClause.All(f => TryAdd(context, f, tables)) || tables.TrueForAll(t => t.Table.IsReference) || TreeWalker.Any(query, m => m is SubLink))
            return null;
        if (TreeWalker.Any(query, m => m is ColumnRef column && column.Fields[^1].AStar is null && Find(column, tables) is null))
            return null;
        var columns = new List<TableColumn>();
        foreach (var item in select.TargetList)
        {
            if (Syntax.IsStar(item))
            {
                var fields = item.ResTarget.Val.ColumnRef.Fields;
                if (fields.Count > 2 || (fields.Count == 1 && tables.Count > 1))
                    return null;
                var table = fields.Count == 1 ? tables[0].Table : tables.Find(t => t.Name == fields[0].String.Sval).Table;
                if (table is null)
                    return null;
                columns.AddRange(table.Columns.OrderBy(c => c.Number));
            }
            else if (item.ResTarget.Val.ColumnRef is { } reference && Find(reference, tables) is { } column)
            {
                columns.Add(column);
            }
            else
            {
                return null;
            }
        }

        return columns;
    }

    private static bool TryAdd(PlanContext context, Node item, List<(string Name, DistributedTable Table)> tables)
    {
        if (item.JoinExpr is { Alias: null, IsNatural: false } join)
            return TryAdd(context, join.Larg, tables) && TryAdd(context, join.Rarg, tables);
        if (item.RangeVar is not { } range || range.Alias is { Colnames.Count: > 0 } || context.TableOf(range) is not { } table)
            return false;
        tables.Add((range.NameInQuery(), table));
        return true;
    }

    // A bare name that several tables have is one that USING has merged.
    private static TableColumn? Find(ColumnRef reference, List<(string Name, DistributedTable Table)> tables)
    {
        if (reference.Fields.Count > 2 || reference.Fields[^1].String is not { Sval: var name })
            return null;
        var columns = tables.Where(t => reference.Fields.Count == 1 || t.Name == reference.Fields[0].String?.Sval).Select(t => t.Table.FindColumn(name)).OfType<TableColumn>().ToList();
        return columns.Count > 0 && columns.TrueForAll(c => c.Type == columns[0].Type) ? columns[0] : null;
    }
}
