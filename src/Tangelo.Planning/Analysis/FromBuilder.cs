using System.Collections.Immutable;
using Google.Protobuf.Collections;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Analysis;

/// <summary>Resolves a FROM clause: names, columns, and where the rows of each item lie.</summary>
internal sealed class FromBuilder(QueryAnalyzer analyzer, PlanRequest request)
{
    /// <summary>The items of a list, left to right; LATERAL ones see those before them.</summary>
    internal List<FromNode> BuildList(IEnumerable<Node> items, Scope? outer, CommonTables tables)
    {
        var nodes = new List<FromNode>();
        var before = ImmutableArray<NamespaceItem>.Empty;
        foreach (var item in items)
        {
            var node = Build(item, before, outer, tables);
            nodes.Add(node);
            before = before.AddRange(node.Items);
        }

        return nodes;
    }

    /// <summary>The target of an UPDATE or DELETE.</summary>
    internal FromNode BuildTarget(RangeVar target, CommonTables tables) => Table(target, tables);

    private FromNode Build(Node item, ImmutableArray<NamespaceItem> before, Scope? outer, CommonTables tables) => item.NodeCase switch
    {
        Node.NodeOneofCase.RangeVar => Table(item.RangeVar, tables),
        Node.NodeOneofCase.RangeSubselect => Subquery(item.RangeSubselect, before, outer, tables),
        Node.NodeOneofCase.JoinExpr => Join(item.JoinExpr, before, outer, tables),
        Node.NodeOneofCase.RangeFunction => Function(item.RangeFunction),
        Node.NodeOneofCase.RangeTableSample => Sample(Build(item.RangeTableSample.Relation, before, outer, tables)),
        Node.NodeOneofCase.RangeTableFunc => Leaf(item.RangeTableFunc.Alias, null, null, Locus.Nothing),
        _ => new FromLeaf([], Locus.Impossible("this FROM item is not distributed")),
    };

    // Every node would take another sample of its copy.
    private static FromNode Sample(FromNode table) => table is FromLeaf { Locus.IsSharded: false } leaf
        ? leaf with { Locus = leaf.Locus.NotUnion("a sample of a reference table may differ from node to node") }
        : table;

    private FromLeaf Table(RangeVar table, CommonTables tables)
    {
        if (table.Schemaname.Length == 0 && tables.Find(table.Relname) is { } common)
            return CommonTableReference(table, common);
        if (!request.Relations.TryGetValue(new RelationName(table.Schemaname, table.Relname), out var resolved))
            return Leaf(table.Alias, table, null, NotDistributed(table));
        if (request.Map.Find(resolved.Oid) is not { } distributed)
            return Leaf(table.Alias, table, ColumnsOf(resolved), NotDistributed(table), resolved.Schema);

        var columns = distributed.Columns
            .Select(c => new NamedColumn(c.Name, new EntryColumn(c.Name, c.Type, c.Collation) { IsNotNull = c.NotNull }))
            .ToList();
        var key = distributed.DistributionColumn is { } keyColumn
            ? columns.First(c => c.Name == keyColumn.Name).Column
            : null;
        // Without shards it has the same rows on every node: none.
        var locus = distributed.IsReference || distributed.Shards.IsEmpty ? Locus.OfReference(distributed) : Locus.OfTable(distributed, key);
        return Leaf(table.Alias, table, columns, locus, distributed.Schema, isTable: true);
    }

    private static Locus NotDistributed(RangeVar table) => Locus.Impossible($"\"{table.Relname}\" is not a distributed table");

    private static List<NamedColumn>? ColumnsOf(ResolvedRelation relation) => relation.Columns.IsDefaultOrEmpty
        ? null
        : [.. relation.Columns.Select(c => new NamedColumn(c.Name, new EntryColumn(c.Name, c.Type, c.Collation)))];

    private FromLeaf CommonTableReference(RangeVar reference, CommonTable common)
    {
        if (common.IsRecursive)
            return Leaf(reference.Alias, reference, null, Locus.Nothing);
        var query = analyzer.AnalyzeCommonTable(common);
        return Derived(query, reference.Alias, reference, common.Expression.Aliascolnames);
    }

    private FromLeaf Subquery(RangeSubselect item, ImmutableArray<NamespaceItem> before, Scope? outer, CommonTables tables)
    {
        var scope = item.Lateral ? new Scope(outer, before) : outer;
        return Derived(analyzer.AnalyzeNested(item.Subquery, scope, tables), item.Alias, null, []);
    }

    // The rows of a query: its columns get new identities, and keys among them stay keys.
    private static FromLeaf Derived(QueryAnalysis query, Alias? alias, RangeVar? name, RepeatedField<Node> columnNames)
    {
        if (query.Outputs is not { } outputs)
            return Leaf(alias, name, null, query.Locus.IsUnion ? WithoutKeys(query.Locus) : query.Locus);
        var locus = query.Locus;
        var columns = new List<NamedColumn>();
        var keys = new HashSet<EntryColumn>();
        var nullable = new HashSet<EntryColumn>();
        for (var i = 0; i < outputs.Count; i++)
        {
            var output = outputs[i];
            var column = new EntryColumn(i < columnNames.Count ? columnNames[i].String.Sval : output.Name, output.Type, output.Collation);
            columns.Add(new(column.Name, column));
            if (output.Source is { } source && locus.IsUnion)
            {
                if (locus.Keys.Contains(source))
                    keys.Add(column);
                else if (locus.NullableKeys.Contains(source))
                    nullable.Add(column);
            }
        }

        return Leaf(alias, name, columns, locus with { Keys = [.. keys], NullableKeys = [.. nullable], BoundedColumns = [] });
    }

    private static Locus WithoutKeys(Locus locus) => locus with { Keys = [], NullableKeys = [], BoundedColumns = [] };

    private static FromLeaf Function(RangeFunction item)
    {
        // One function with a scalar result is one column; whether it is scalar only an alias with one column name tells.
        var names = item.Alias?.Colnames;
        var columns = names is { Count: 1 } && item.Functions.Count == 1 && !item.Ordinality && item.Coldeflist.Count == 0
            ? new List<NamedColumn> { new(names[0].String.Sval, new EntryColumn(names[0].String.Sval, PgTypes.Unknown)) }
            : null;
        return Leaf(item.Alias, null, columns, Locus.Nothing);
    }

    private FromJoin Join(JoinExpr join, ImmutableArray<NamespaceItem> before, Scope? outer, CommonTables tables)
    {
        var left = Build(join.Larg, before, outer, tables);
        var right = Build(join.Rarg, before.AddRange(left.Items), outer, tables);
        var items = left.Items.AddRange(right.Items);
        var onScope = new Scope(outer is null && before.IsEmpty ? null : new Scope(outer, before), items);
        var (columns, equal, merged, known) = JoinColumns(join, left, right);

        var hidden = items.Select(i => i with { ColumnsVisible = false });
        var hasAlias = join.Alias is not null;
        if (hasAlias)
        {
            hidden = hidden.Select(i => i with { NameVisible = false });
            columns = Rename(columns, join.Alias!.Colnames);
        }

        var own = new NamespaceItem(null, join.Alias?.Aliasname ?? "", columns, NameVisible: hasAlias);
        // A system column of a table in the join can still be named with its table.
        own = own with { IsDistributed = items.Any(i => i.IsDistributed) };
        var node = new FromJoin([.. hidden, own], join.Jointype, left, right, join.Quals, onScope, equal, merged);
        return known ? node : node with { Left = new FromLeaf(left.Items, Locus.Impossible("a natural join of unknown columns is not distributed")) };
    }

    private static (IReadOnlyList<NamedColumn>? Columns, ImmutableArray<(EntryColumn Left, EntryColumn Right)> Equal, ImmutableArray<EntryColumn> Merged, bool Known)
        JoinColumns(JoinExpr join, FromNode left, FromNode right)
    {
        var leftColumns = VisibleColumns(left);
        var rightColumns = VisibleColumns(right);
        var named = join.UsingClause.Count > 0 || join.IsNatural;
        if (leftColumns is null || rightColumns is null)
            return (null, [], [], !named);

        var names = join.IsNatural
            ? leftColumns.Select(c => c.Name).Where(n => rightColumns.Any(r => r.Name == n)).ToList()
            : [.. join.UsingClause.Select(n => n.String.Sval)];
        var equal = ImmutableArray.CreateBuilder<(EntryColumn, EntryColumn)>();
        var merged = ImmutableArray.CreateBuilder<EntryColumn>();
        var columns = new List<NamedColumn>();
        foreach (var name in names)
        {
            var leftColumn = leftColumns.First(c => c.Name == name).Column;
            var rightColumn = rightColumns.First(c => c.Name == name).Column;
            equal.Add((leftColumn, rightColumn));
            var sameType = leftColumn.Type == rightColumn.Type && leftColumn.Type.Value != 0;
            var column = join.Jointype switch
            {
                _ when !sameType => new EntryColumn(name, PgTypes.Unknown, leftColumn.Collation ?? rightColumn.Collation),
                JoinType.JoinFull => new EntryColumn(name, leftColumn.Type, leftColumn.Collation ?? rightColumn.Collation),
                JoinType.JoinRight => rightColumn,
                _ => leftColumn,
            };
            merged.Add(column);
            columns.Add(new(name, column));
        }

        columns.AddRange(leftColumns.Where(c => !names.Contains(c.Name)));
        columns.AddRange(rightColumns.Where(c => !names.Contains(c.Name)));
        return (columns, equal.ToImmutable(), merged.ToImmutable(), true);
    }

    private static List<NamedColumn>? VisibleColumns(FromNode node)
    {
        var columns = new List<NamedColumn>();
        foreach (var item in node.Items.Where(i => i.ColumnsVisible))
        {
            if (item.Columns is null)
                return null;
            columns.AddRange(item.Columns);
        }

        return columns;
    }

    private static FromLeaf Leaf(
        Alias? alias, RangeVar? table, IReadOnlyList<NamedColumn>? columns, Locus locus, string? schema = null, bool isTable = false)
    {
        var name = alias?.Aliasname ?? table?.Relname ?? "";
        columns = Rename(columns, alias?.Colnames ?? []);
        return new FromLeaf([new NamespaceItem(alias is null ? schema : null, name, columns, isTable)], locus);
    }

    private static List<NamedColumn>? Rename(IReadOnlyList<NamedColumn>? columns, RepeatedField<Node> names) =>
        columns?.Select((c, i) => i < names.Count ? c with { Name = names[i].String.Sval } : c).ToList();
}
