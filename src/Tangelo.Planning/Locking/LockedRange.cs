using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.PushDown;
using Tangelo.Sql.Relations;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Locking;

/// <summary>A table of FROM whose rows are locked, with the columns of its key and the clauses that lock it.</summary>
internal sealed record LockedRange(RangeVar Range, IReadOnlyList<(string Name, Oid Type, string TypeName)> Columns, IReadOnlyList<LockingClause> Clauses)
{
    internal string Name => Range.NameInQuery();

    /// <summary>The key of a row as one text: the column's, or a JSON array of the columns' texts.</summary>
    internal Node KeyText()
    {
        var texts = Columns.Select(c => Casts.To(Trees.Column(Name, c.Name), "pg_catalog.text")).ToArray();
        return texts.Length == 1 ? texts[0] : Casts.To(Trees.Call("json_build_array", texts), "pg_catalog.text");
    }

    /// <summary>The locked tables of a FROM clause in its order; null when it locks something else than tables, or a side that may be missing.</summary>
    internal static List<LockedRange>? Of(PlanContext context, SelectStmt select)
    {
        var commonTables = select.WithClause?.Ctes.Select(c => c.CommonTableExpr.Ctename).ToHashSet() ?? [];
        var clauses = select.LockingClause.Select(l => l.LockingClause).ToList();
        var locked = new List<LockedRange>();
        foreach (var (item, isNullable) in Flatten(select))
        {
            var own = clauses.FindAll(c => c.LockedRels.Count == 0 || c.LockedRels.Any(r => r.RangeVar.Relname == NameOf(item)));
            if (own.Count == 0 || item.RangeFunction is not null || item.RangeTableFunc is not null)
                continue;
            if (item.RangeVar is not { } range)
                return null;
            if (range.Schemaname.Length == 0 && commonTables.Contains(range.Relname))
                continue;
            if (isNullable || range.Alias is { Colnames.Count: > 0 } || KeyOf(context, range) is not { } key)
                return null;
            locked.Add(new LockedRange(range, key, own));
        }

        return locked;
    }

    /// <summary>The items of a FROM clause without the joins around them, and whether an outer join may leave out their rows.</summary>
    internal static List<(Node Item, bool IsNullable)> Flatten(SelectStmt select)
    {
        var items = new List<(Node Item, bool IsNullable)>();
        foreach (var item in select.FromClause)
            Flatten(item, isNullable: false, items);
        return items;
    }

    private static void Flatten(Node item, bool isNullable, List<(Node Item, bool IsNullable)> items)
    {
        if (item.JoinExpr is not { Alias: null } join)
        {
            items.Add((item, isNullable));
            return;
        }

        Flatten(join.Larg, isNullable || join.Jointype is JoinType.JoinRight or JoinType.JoinFull, items);
        Flatten(join.Rarg, isNullable || join.Jointype is JoinType.JoinLeft or JoinType.JoinFull, items);
    }

    private static string? NameOf(Node item) => item.NodeCase switch
    {
        Node.NodeOneofCase.RangeVar => item.RangeVar.NameInQuery(),
        Node.NodeOneofCase.RangeSubselect => item.RangeSubselect.Alias?.Aliasname,
        Node.NodeOneofCase.JoinExpr => item.JoinExpr.Alias?.Aliasname,
        _ => null,
    };

    private static List<(string Name, Oid Type, string TypeName)>? KeyOf(PlanContext context, RangeVar range)
    {
        if (!context.Request.Relations.TryGetValue(new RelationName(range.Schemaname, range.Relname), out var relation))
            return null;
        var names = RowsFirstPlanner.KeyOf(context, relation.Oid);
        if (context.TableOf(range) is { } table)
            return [.. names.Select(n => table.FindColumn(n)!).Select(c => (c.Name, c.Type, InsertTarget.BaseType(c)))];
        if (relation.Kind != 'r' || relation.Columns.IsDefaultOrEmpty)
            return null;
        var columns = names.Select(n => relation.Columns.First(c => c.Name == n)).Select(c => (c.Name, c.Type, PgTypes.NameOf(c.Type))).ToList();
        return columns.Exists(c => c.Item3 is null) ? null : columns.ConvertAll(c => (c.Name, c.Type, c.Item3!));
    }
}
