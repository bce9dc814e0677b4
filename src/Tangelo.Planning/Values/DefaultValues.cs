using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Values;

/// <summary>
/// Writes defaults such as now() into a statement that leaves a column to them, so that they become values of the statement like those
/// that it writes itself.
/// </summary>
internal sealed class DefaultValues(PlanRequest request)
{
    /// <summary>A changed copy, or null when no such default is left to a shard.</summary>
    internal Node? Complete(Node statement) => statement.NodeCase switch
    {
        Node.NodeOneofCase.InsertStmt => Complete(statement.InsertStmt) is { } insert ? new Node { InsertStmt = insert } : null,
        Node.NodeOneofCase.UpdateStmt when TableOf(statement.UpdateStmt.Relation) is { } table && Leaves(table, statement.UpdateStmt.TargetList) =>
            Changed(statement, copy => Assign(table, copy.UpdateStmt.TargetList)),
        _ => null,
    };

    /// <summary>The column's default when it holds something that only the coordinator may compute once; else null.</summary>
    internal static Node? Of(TableColumn? column)
    {
        if (column is not { DefaultKind: ColumnDefaultKind.OnShard, Default: { } text } || !MayBeValue(text))
            return null;
        var expression = SqlParser.ParseExpression(text);
        return StatementValues.IsIn(expression) ? expression : null;
    }

    // Most defaults are constants: no need to parse them.
    private static bool MayBeValue(string text) =>
        text.Contains('(', StringComparison.Ordinal) || text.Contains("CURRENT", StringComparison.OrdinalIgnoreCase)
        || text.Contains("LOCALTIME", StringComparison.OrdinalIgnoreCase) || text.Contains("USER", StringComparison.OrdinalIgnoreCase)
        || text.Contains("::", StringComparison.Ordinal);

    private InsertStmt? Complete(InsertStmt insert)
    {
        if (TableOf(insert.Relation) is not { } table || !table.Columns.Any(c => Of(c) is not null))
            return null;
        var copy = insert.Clone();
        var changed = false;
        if (copy.OnConflictClause is { } conflict && Leaves(table, conflict.TargetList))
        {
            Assign(table, conflict.TargetList);
            changed = true;
        }

        return AddColumns(copy, table) || changed ? copy : null;
    }

    private bool AddColumns(InsertStmt insert, DistributedTable table)
    {
        var source = insert.SelectStmt?.SelectStmt;
        if (insert.SelectStmt is not null && source is null)
            return false;
        if (NamedColumns(insert, source, table) is not { } named)
            return false;
        var changed = false;
        foreach (var row in source?.ValuesLists.Select(v => v.List.Items) ?? [])
        {
            for (var i = 0; i < row.Count && i < named.Count; i++)
            {
                if (!InsertTarget.IsDefault(row[i]) || Of(named[i]) is not { } value)
                    continue;
                row[i] = value;
                changed = true;
            }
        }

        var missing = table.Columns.Where(c => !named.Contains(c)).Select(c => (Column: c, Value: Of(c))).Where(c => c.Value is not null).ToList();
        if (missing.Count == 0)
            return changed;
        if (insert.Cols.Count == 0)
            insert.Cols.Add(named.Select(c => Column(c.Name)));
        insert.Cols.Add(missing.Select(c => Column(c.Column.Name)));
        source ??= (insert.SelectStmt = new Node { SelectStmt = EmptyRow() }).SelectStmt;
        foreach (var (_, value) in missing)
            Append(source, value!);
        return true;
    }

    // The columns that the statement gives values for; null when they are not certain.
    private List<TableColumn>? NamedColumns(InsertStmt insert, SelectStmt? source, DistributedTable table)
    {
        if (insert.Cols.Count > 0)
        {
            var columns = insert.Cols.Select(c => c.ResTarget.Indirection.Count > 0 ? null : table.FindColumn(c.ResTarget.Name)).ToList();
            return columns.Contains(null) ? null : [.. columns.OfType<TableColumn>()];
        }

        var count = source is null ? 0
            : source.ValuesLists.Count > 0 ? source.ValuesLists[0].List.Items.Count
            : new QueryAnalyzer(request).AnalyzeSelect(WithTables(insert, source), null, CommonTables.None).Outputs?.Count ?? -1;
        return count < 0 || count > table.Columns.Length ? null : [.. table.Columns.OrderBy(c => c.Number).Take(count)];
    }

    private static SelectStmt WithTables(InsertStmt insert, SelectStmt source)
    {
        if (insert.WithClause is null || source.WithClause is not null)
            return source;
        var copy = source.Clone();
        copy.WithClause = insert.WithClause.Clone();
        return copy;
    }

    // The same value in every arm changes nothing of what a set operation or DISTINCT keeps.
    private static void Append(SelectStmt source, Node value)
    {
        if (source.Op != SetOperation.SetopNone)
        {
            Append(source.Larg, value);
            Append(source.Rarg, value);
        }
        else if (source.ValuesLists.Count > 0)
        {
            foreach (var row in source.ValuesLists)
                row.List.Items.Add(value.Clone());
        }
        else
        {
            source.TargetList.Add(new Node { ResTarget = new ResTarget { Val = value.Clone() } });
        }
    }

    private static bool Leaves(DistributedTable table, IEnumerable<Node> assignments) =>
        assignments.Any(a => a.ResTarget is { Val: { } value } target && InsertTarget.IsDefault(value) && Of(table.FindColumn(target.Name)) is not null);

    private static void Assign(DistributedTable table, IEnumerable<Node> assignments)
    {
        foreach (var target in assignments.Select(a => a.ResTarget).Where(t => t.Val is not null && InsertTarget.IsDefault(t.Val)))
            target.Val = Of(table.FindColumn(target.Name)) ?? target.Val;
    }

    private static Node Changed(Node statement, Action<Node> change)
    {
        var copy = statement.Clone();
        change(copy);
        return copy;
    }

    private static SelectStmt EmptyRow()
    {
        var values = new SelectStmt { LimitOption = LimitOption.Default, Op = SetOperation.SetopNone };
        values.ValuesLists.Add(new Node { List = new PgQuery.List() });
        return values;
    }

    private static Node Column(string name) => new() { ResTarget = new ResTarget { Name = name } };

    private DistributedTable? TableOf(RangeVar? name) =>
        name is not null && request.Relations.TryGetValue(new RelationName(name.Schemaname, name.Relname), out var resolved) ? request.Map.Find(resolved.Oid) : null;
}
