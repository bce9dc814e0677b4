using System.Text.Json;
using PgQuery;
using Tangelo.Cluster.Functions.Statements;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Writes;

/// <summary>
/// A view by which an INSERT comes to a distributed table: what stands in its columns for a row of the table. PostgreSQL lets rows come in by views over
/// one relation only, without groups and the like.
/// </summary>
internal sealed class UpsertView
{
    private static readonly HashSet<string> _systemColumns = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

    private readonly UpsertTable _table;
    private readonly SelectStmt _query;
    private readonly RangeVar _from;
    private readonly ViewText _text;
    private readonly UpsertView? _below;

    private UpsertView(UpsertTable table, ViewText text, SelectStmt query, RangeVar from, UpsertView? below)
    {
        (_table, _text, _query, _from, _below) = (table, text, query, from, below);
        Columns = [.. ReadColumns()];
    }

    /// <summary>Its columns that are columns of the table, with the names of both.</summary>
    public IReadOnlyList<(UpsertColumn Column, string InTable)> Columns { get; }

    /// <summary>The view that an INSERT names; null where it names the table, or something else.</summary>
    public static UpsertView? Find(UpsertTable table, IReadOnlyList<ViewText> views, RangeVar name)
    {
        var found = views.Where(v => v.Name == name.Relname && (name.Schemaname.Length > 0 ? v.Schema == name.Schemaname : v.Place > 0)).MinBy(v => v.Place);
        if (found is null || StatementText.TryParse(found.Definition) is not [{ SelectStmt: { } query }] || query.FromClause is not [{ RangeVar: { } from }])
            return null;
        if (from.Relname == table.Name && from.Schemaname == table.Schema)
            return new UpsertView(table, found, query, from, null);
        return Find(table, views, from) is { } below ? new UpsertView(table, found, query, from, below) : null;
    }

    /// <summary>The name of the column at a place, from 0; null for none.</summary>
    public string? NameOf(int place) => place < _query.TargetList.Count ? NameOf(_query.TargetList[place].ResTarget) : null;

    /// <summary>The default of a column, where the view has one itself.</summary>
    public string? Default(string column) => _text.Defaults.GetValueOrDefault(column)
        ?? (SourceOf(column) is { } source ? _below?.Default(source) : null);

    /// <summary>A query for the view's row, out of the table's row that parameter <paramref name="number"/> is.</summary>
    public string Row(int number)
    {
        var query = new SelectStmt { LimitOption = LimitOption.Default, Op = SetOperation.SetopNone };
        query.TargetList.AddRange(_query.TargetList.Where(t => !IsSystemColumn(t.ResTarget.Val)).Select(t => t.Clone()));
        var source = SqlParser.ParseOne(_below?.Row(number) ?? $"SELECT (${number}).*").Tree.Clone();
        var alias = _from.Alias?.Clone() ?? new Alias { Aliasname = _from.Relname };
        query.FromClause.Add(new Node { RangeSubselect = new RangeSubselect { Subquery = source, Alias = alias } });
        return Deparser.Deparse(new Node { SelectStmt = query });
    }

    private static string? NameOf(ResTarget target) => target.Name.Length > 0 ? target.Name : target.Val.ColumnRef?.Fields[^1].String?.Sval;

    private static bool IsSystemColumn(Node value) => value.ColumnRef?.Fields is [.., { String: { Sval: var name } }] && _systemColumns.Contains(name);

    private IEnumerable<(UpsertColumn Column, string InTable)> ReadColumns()
    {
        foreach (var target in _query.TargetList.Select(t => t.ResTarget))
        {
            if (target.Val.ColumnRef?.Fields is [.., { String: { Sval: var source } }] && Below(source) is { } column)
                yield return (column.Column with { Name = NameOf(target)! }, column.InTable);
        }
    }

    // A column of what the view reads, which FROM may have given another name.
    private (UpsertColumn Column, string InTable)? Below(string name)
    {
        var below = _below is null ? [.. _table.Columns.Select(c => ((UpsertColumn, string)?)(c, c.Name))] : _below.AllColumns();
        var names = _from.Alias?.Colnames.Select(c => c.String.Sval).ToList() ?? [];
        for (var i = 0; i < below.Count; i++)
        {
            if ((i < names.Count ? names[i] : below[i]?.Item1.Name) == name)
                return below[i];
        }

        return null;
    }

    // In their order, with a hole for each that is none of the table's.
    private List<(UpsertColumn, string)?> AllColumns()
    {
        var list = new List<(UpsertColumn, string)?>();
        foreach (var target in _query.TargetList.Select(t => t.ResTarget))
        {
            var name = NameOf(target);
            var at = Columns.ToList().FindIndex(c => c.Column.Name == name);
            list.Add(at < 0 ? null : Columns[at]);
        }

        return list;
    }

    private string? SourceOf(string column) =>
        _query.TargetList.Select(t => t.ResTarget).FirstOrDefault(t => NameOf(t) == column)?.Val.ColumnRef?.Fields[^1].String?.Sval;
}

/// <summary>A view over a table: its query with every name in full, its own defaults, and its place in the search_path, from 1.</summary>
internal sealed record ViewText(string Schema, string Name, int Place, string Definition, IReadOnlyDictionary<string, string> Defaults)
{
    public static IReadOnlyList<ViewText> ParseAll(JsonElement args) => !args.TryGetProperty("views", out var views) || views.ValueKind != JsonValueKind.Array ? [] :
    [
        .. views.EnumerateArray().Select(v => new ViewText(
            v.GetProperty("schema").GetString()!,
            v.GetProperty("name").GetString()!,
            v.GetProperty("place").GetInt32(),
            v.GetProperty("definition").GetString()!,
            v.GetProperty("defaults").EnumerateObject().ToDictionary(d => d.Name, d => d.Value.GetString()!))),
    ];
}
