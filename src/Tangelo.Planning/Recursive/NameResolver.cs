using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>Which table of the cluster a column reference means, where that is sure.</summary>
internal sealed class NameResolver(StatementModel model)
{
    /// <summary>The use of a table whose column <paramref name="reference"/> is, read in <paramref name="block"/>; null when it is not sure.</summary>
    internal static TableUse? OwnerOf(ColumnRef reference, QueryBlock block) => EntryOf(reference, block)?.Table;

    /// <summary>The table and column whose values <paramref name="reference"/> gives, also where a subquery passes them on; null when it is not sure.</summary>
    internal static (TableUse Use, string Column)? OriginOf(ColumnRef reference, QueryBlock block) =>
        EntryOf(reference, block) is { } entry ? OriginOf(entry, reference.Fields[^1].String.Sval) : null;

    /// <summary>The same for a column of a FROM item.</summary>
    internal static (TableUse Use, string Column)? OriginOf(FromEntry entry, string column)
    {
        if (entry.Table is { } use)
            return (use, column);
        if (entry.Query is not { Select.Op: SetOperation.SetopNone } query || entry.Columns is not { } columns)
            return null;
        var index = columns.TakeWhile(c => c != column).Count();
        return index < columns.Count && query.Select.TargetList[index].ResTarget.Val.ColumnRef is { } inner ? OriginOf(inner, query) : null;
    }

    private static FromEntry? EntryOf(ColumnRef reference, QueryBlock block)
    {
        if (Names(reference) is not { } names)
            return null;
        for (var scope = block; scope is not null; scope = scope.Outer)
        {
            if (scope.HidesNames)
                return null;
            var found = names.Count == 1
                ? scope.Entries.Where(e => e.Columns?.Contains(names[0]) == true).ToList()
                : scope.Entries.Where(e => e.Name == names[^2]).ToList();
            if (found.Count > 0)
                return found.Count == 1 && found[0].Columns?.Contains(names[^1]) == true ? found[0] : null;
            if (names.Count == 1 && scope.Entries.Exists(e => e.Columns is null || e.Name == names[0]))
                return null;
        }

        return null;
    }

    /// <summary>True when all names in the block and below it surely mean something inside of it.</summary>
    internal bool IsSelfContained(QueryBlock root)
    {
        var blocks = model.Blocks.Where(b => b.IsWithin(root)).ToList();
        var common = blocks.SelectMany(b => b.Select.WithClause?.Ctes ?? []).Select(c => c.CommonTableExpr.Ctename).ToHashSet();
        return blocks.TrueForAll(b => common.IsSupersetOf(b.CommonTables)) && (root.Outer is null || blocks.TrueForAll(b => IsContained(b, root)));
    }

    private static bool IsContained(QueryBlock block, QueryBlock root)
    {
        var select = block.Select;

        // ORDER BY of a set operation names output columns only, but its LIMIT may name what is around it.
        if (select.Op != SetOperation.SetopNone)
            return Syntax.OfLevel<ColumnRef>([select.LimitCount, select.LimitOffset]).Count == 0
                && Syntax.OfLevel<SubLink>([select.LimitCount, select.LimitOffset]).Count == 0;
        var outputs = select.TargetList.Select(t => t.ResTarget.Name).ToHashSet();
        var named = select.SortClause.Select(s => s.SortBy.Node).Concat(select.GroupClause).Concat(select.DistinctClause)
            .Where(n => Syntax.IsBareName(n, out var name) && outputs.Contains(name)).Select(n => n.ColumnRef)
            .ToHashSet<ColumnRef>(ReferenceEqualityComparer.Instance);
        return Syntax.OfLevel<ColumnRef>(Syntax.Expressions(select).Concat(select.ValuesLists)).TrueForAll(r => named.Contains(r) || IsContained(r, block, root, seesAll: true))
            && Syntax.OfLevel<ColumnRef>(Syntax.FromExpressions(select.FromClause)).TrueForAll(r => IsContained(r, block, root, seesAll: false));
    }

    // Blocks outside of the root may lie between: a FROM item sees what is around its query, not the query.
    private static bool IsContained(ColumnRef reference, QueryBlock block, QueryBlock root, bool seesAll)
    {
        var fields = reference.Fields;
        if (fields.Count == 1 && fields[0].NodeCase == Node.NodeOneofCase.AStar)
            return true;
        var qualifier = fields.Count > 1 ? fields[^2].String?.Sval : null;
        var name = fields[^1].String?.Sval;
        for (var scope = block; scope is not null && scope.IsWithin(root); scope = scope.Outer)
        {
            if (scope.HidesNames)
                return false;
            if (qualifier is not null ? scope.Entries.Exists(e => e.Name == qualifier) : scope.Entries.Exists(e => e.Columns?.Contains(name!) == true))
                return seesAll || !MayBeKnown(scope.Outer, qualifier, name);
            if (qualifier is null && scope.Entries.Exists(e => e.Columns is null))
                return false;
            seesAll = scope.SeesAllOfOuter;
        }

        return false;
    }

    // A join condition and a LATERAL item see some of the FROM clause: a name that is not among that may be one further out.
    private static bool MayBeKnown(QueryBlock? block, string? qualifier, string? name)
    {
        for (var scope = block; scope is not null; scope = scope.Outer)
        {
            if (scope.Entries.Exists(e => qualifier is not null ? e.Name == qualifier : e.Columns?.Contains(name!) != false || e.Name == name))
                return true;
        }

        return false;
    }

    private static List<string>? Names(ColumnRef reference) =>
        reference.Fields.Count is 1 or 2 && reference.Fields.All(f => f.NodeCase == Node.NodeOneofCase.String)
            ? [.. reference.Fields.Select(f => f.String.Sval)]
            : null;
}
