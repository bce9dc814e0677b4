using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>A column as it is called in one place of a FROM clause.</summary>
internal readonly record struct NamedColumn(string Name, EntryColumn Column);

/// <summary>
/// Something that a FROM clause lets expressions name, as PostgreSQL's ParseNamespaceItem. <paramref name="Columns"/> is null when
/// they are not known.
/// </summary>
internal sealed record NamespaceItem(
    string? Schema,
    string Name,
    IReadOnlyList<NamedColumn>? Columns,
    bool IsDistributed = false,
    bool ColumnsVisible = true,
    bool NameVisible = true);

/// <summary>What a column reference means.</summary>
internal enum ReferenceKind
{
    /// <summary>A column of this or an outer level.</summary>
    Column,

    /// <summary>A whole row (<c>t</c>), or all columns (<c>t.*</c>).</summary>
    Row,

    /// <summary>A system column such as ctid.</summary>
    System,

    /// <summary>The analysis does not know.</summary>
    Unknown,
}

/// <summary>The meaning of a column reference.</summary>
internal readonly record struct Reference(ReferenceKind Kind, EntryColumn? Column = null, NamespaceItem? Item = null, bool IsOuter = false);

/// <summary>The names that expressions of one query level see, and those of the levels around it.</summary>
internal sealed class Scope(Scope? outer, IReadOnlyList<NamespaceItem> items)
{
    private static readonly HashSet<string> SystemColumns = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

    internal IReadOnlyList<NamespaceItem> Items { get; } = items;

    internal Scope? Outer { get; } = outer;

    internal Reference Resolve(ColumnRef reference)
    {
        var fields = reference.Fields;
        if (fields.Count == 0 || fields.Any(f => f.NodeCase is not (Node.NodeOneofCase.String or Node.NodeOneofCase.AStar)))
            return new(ReferenceKind.Unknown);
        if (fields[^1].NodeCase == Node.NodeOneofCase.AStar)
            return fields.Count == 1 ? new(ReferenceKind.Row) : ResolveItem(fields[^2].String.Sval, SchemaOf(fields, fields.Count - 3));
        var name = fields[^1].String.Sval;
        return fields.Count switch
        {
            1 => ResolveName(name),
            2 or 3 => ResolveQualified(fields[^2].String.Sval, SchemaOf(fields, fields.Count - 3), name),
            _ => new(ReferenceKind.Unknown),
        };
    }

    private static string? SchemaOf(Google.Protobuf.Collections.RepeatedField<Node> fields, int index) =>
        index >= 0 ? fields[index].String.Sval : null;

    private Reference ResolveName(string name)
    {
        for (var (scope, isOuter) = (this, false); scope is not null; (scope, isOuter) = (scope.Outer!, true))
        {
            var visible = scope.Items.Where(i => i.ColumnsVisible).ToList();
            foreach (var item in visible)
            {
                if (Find(item, name) is { } column)
                    return new(ReferenceKind.Column, column, item, isOuter);
            }

            // PostgreSQL accepted the statement, so a name that two items have cannot be; but an item of unknown columns may have this one.
            if (visible.Any(i => i.Columns is null))
                return new(ReferenceKind.Unknown);
            if (SystemColumns.Contains(name) && visible.Any(i => i.IsDistributed))
                return new(ReferenceKind.System, IsOuter: isOuter);
            if (scope.Items.FirstOrDefault(i => i.NameVisible && i.Name == name) is { } row)
                return new(ReferenceKind.Row, Item: row, IsOuter: isOuter);
        }

        return new(ReferenceKind.Unknown);
    }

    private Reference ResolveQualified(string relation, string? schema, string name)
    {
        var found = ResolveItem(relation, schema);
        if (found.Item is not { } item)
            return found;
        if (item.Columns is null)
            return new(ReferenceKind.Unknown);
        if (Find(item, name) is { } column)
            return new(ReferenceKind.Column, column, item, found.IsOuter);
        return SystemColumns.Contains(name) && item.IsDistributed
            ? new(ReferenceKind.System, IsOuter: found.IsOuter)
            : new(ReferenceKind.Unknown);
    }

    private Reference ResolveItem(string relation, string? schema)
    {
        for (var (scope, isOuter) = (this, false); scope is not null; (scope, isOuter) = (scope.Outer!, true))
        {
            var item = scope.Items.FirstOrDefault(i => i.NameVisible && i.Name == relation && (schema is null || i.Schema == schema));
            if (item is not null)
                return new(ReferenceKind.Row, Item: item, IsOuter: isOuter);
        }

        return new(ReferenceKind.Unknown);
    }

    private static EntryColumn? Find(NamespaceItem item, string name)
    {
        foreach (var column in item.Columns ?? [])
        {
            if (column.Name == name)
                return column.Column;
        }

        return null;
    }
}
