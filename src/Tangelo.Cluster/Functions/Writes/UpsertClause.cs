using System.Text.Json;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Writes;

/// <summary>
/// An ON CONFLICT clause as texts for the coordinator, which evaluates them over two rows: the one that is there, by the table's name or alias, and
/// <c>excluded</c>. Variables of a function are not seen there; where VALUES give one to a column, <c>excluded</c> has it.
/// </summary>
internal sealed class UpsertClause(UpsertTable table, IReadOnlyList<ViewText> views, InsertStmt insert, IReadOnlySet<string> withNames)
{
    private readonly UpsertView? _view = UpsertView.Find(table, views, insert.Relation);
    private readonly OnConflictClause _clause = insert.OnConflictClause;
    private readonly KeptParameters _kept = new(insert);
    private readonly string _alias = insert.Relation.NameInQuery();

    /// <summary>The clause as JSON.</summary>
    /// <exception cref="PgException">0A000: it cannot be carried out so.</exception>
    public string Write()
    {
        var parts = new Dictionary<string, object> { ["target"] = Target(), ["alias"] = _alias };
        if (IsSingle)
            parts["single"] = true;
        if (Calls() is { Count: > 0 } calls)
            parts["calls"] = calls;
        if (_view is not null)
            parts["relation"] = insert.Relation.Schemaname.Length > 0 ? ShardNames.QuoteQualified(insert.Relation.Schemaname, insert.Relation.Relname) : ShardNames.Quote(insert.Relation.Relname);
        if (_clause.Action == OnConflictAction.OnconflictUpdate)
        {
            if (_view is null && insert.Relation.Relname != table.Name)
                throw Refuse("through this view", "Name the table.");
            if (_view is not null)
                (parts["existing"], parts["proposed"]) = (_view.Row(2), _view.Row(1));
            RefuseReadingItself();
            if (TreeWalker.Any(_clause, m => m is RangeVar { Schemaname: "" } range && withNames.Contains(range.Relname)))
                throw Refuse("that reads a WITH query", "Store its rows in a statement before.");
            parts["set"] = Assignments();
            if (_clause.WhereClause is { } where)
                parts["where"] = Deparser.DeparseExpression(WithoutVariables(where, null));
        }

        return JsonSerializer.Serialize(parts);
    }

    // They may read the table.
    private HashSet<string> Calls()
    {
        var names = new HashSet<string>();
        TreeWalker.Visit(insert, message =>
        {
            if (message is FuncCall call)
                names.Add(call.Funcname[^1].String.Sval);
            return true;
        });
        return names;
    }

    private string Target()
    {
        if (_clause.Infer is not { } infer)
            return "";
        if (infer.Conname.Length > 0)
            return "ON CONSTRAINT " + ShardNames.Quote(infer.Conname);

        // Only the text of a whole statement can be had.
        var bare = new InsertStmt { Relation = new RangeVar { Relname = "t", Inh = true, Relpersistence = "p" }, Override = OverridingKind.OverridingNotSet };
        bare.OnConflictClause = new OnConflictClause { Action = OnConflictAction.OnconflictNothing, Infer = infer.Clone() };
        var sql = Deparser.Deparse(new Node { InsertStmt = bare });
        var start = sql.IndexOf("ON CONFLICT", StringComparison.Ordinal) + "ON CONFLICT".Length;
        return sql[start..sql.LastIndexOf("DO NOTHING", StringComparison.Ordinal)].Trim();
    }

    private List<Dictionary<string, object>> Assignments()
    {
        var list = new List<Dictionary<string, object>>();
        foreach (var target in _clause.TargetList.Select(t => t.ResTarget))
        {
            if (target.Indirection.Count > 0)
                throw Refuse("that sets a part of a column", "Set the whole column.");
            list.Add(Assignment(target.Name, target.Val));
        }

        return list;
    }

    private Dictionary<string, object> Assignment(string column, Node value)
    {
        var assignment = new Dictionary<string, object> { ["column"] = InTable(column) };
        if (value.MultiAssignRef is { } several)
        {
            if (several.Source.RowExpr is not { } row)
            {
                var names = string.Join(", ", Enumerable.Range(1, several.Ncolumns).Select(i => $"c{i}"));
                if (several.Source.SubLink?.Subselect is not { } query)
                    throw Refuse("with this row", "Set the columns one by one.");
                assignment["value"] = $"(SELECT c{several.Colno} FROM ({Deparser.Deparse(query)}) AS tangelo_values ({names}))";
                return assignment;
            }

            value = row.Args[several.Colno - 1];
        }

        value = WithoutVariables(value, column);

        if (value.SetToDefault is not null && _view?.Default(column) is { } ofView)
        {
            assignment["value"] = ofView;
            return assignment;
        }

        // What has no type of its own takes the column's.
        if (value.NodeCase is Node.NodeOneofCase.AConst or Node.NodeOneofCase.SetToDefault)
            assignment["plain"] = true;
        assignment["value"] = value.NodeCase switch
        {
            Node.NodeOneofCase.SetToDefault => "DEFAULT",
            Node.NodeOneofCase.RowExpr => $"{Deparser.DeparseExpression(value)}::{Find(column)?.Type}",
            _ => Deparser.DeparseExpression(value),
        };
        return assignment;
    }

    /// <param name="value">An expression.</param>
    /// <param name="assigned">The column that takes it as a whole; null for part of a condition.</param>
    private Node WithoutVariables(Node value, string? assigned) => TreeRewriter.Rewrite(value, node =>
    {
        // Names in a subquery may be its own.
        if (node.NodeCase == Node.NodeOneofCase.SubLink && !TreeWalker.Any(node, m => m is ParamRef))
            return node;
        if (Variable(node) is not { } variable)
            return null;
        return (node.ParamRef is { } parameter ? _kept.Value(parameter.Number) : null) ?? Excluded(variable, Variable(value) is null ? null : assigned) ?? throw Refuse(
            $"that names {variable}", "Only the columns of the table and of excluded are known there: give the value to a column in VALUES, or use EXECUTE with format().");
    });

    // In ON CONFLICT a column has its table's name, or is ambiguous: a name by itself is a variable.
    private string? Variable(Node? node) => node?.NodeCase switch
    {
        Node.NodeOneofCase.ParamRef => $"${node.ParamRef.Number}",
        Node.NodeOneofCase.ColumnRef when node.ColumnRef.Fields is [{ String: { Sval: var name } }] && name != _alias && name != "excluded" => name,
        Node.NodeOneofCase.ColumnRef when node.ColumnRef.Fields is [{ String: { Sval: var owner } }, { String: { Sval: var name } }]
            && owner != _alias && owner != "excluded" && owner != insert.Relation.Relname => owner + "." + name,
        _ => null,
    };

    // The column that the only row of VALUES gives the variable to.
    private Node? Excluded(string variable, string? assigned)
    {
        if (insert.SelectStmt?.SelectStmt is not { } source)
            return null;
        List<Node> items = source.ValuesLists switch
        {
            [{ List: { } row }] => [.. row.Items],
            [] when source.FromClause.Count == 0 && source.Op == SetOperation.SetopNone => [.. source.TargetList.Select(t => t.ResTarget.Val)],
            _ => [],
        };
        for (var i = 0; i < items.Count; i++)
        {
            var name = insert.Cols.Count > 0 ? insert.Cols[i].ResTarget.Name : _view is not null ? _view.NameOf(i) : i < table.Columns.Count ? table.Columns[i].Name : null;
            if (Variable(items[i]) != variable || name is null || Find(name) is not { } column)
                continue;

            // A value that went through a column of another type may not be what it was.
            var declared = table.Variables.GetValueOrDefault(variable);
            if ((assigned is not null && Find(assigned)?.Type == column.Type) || (declared == column.BaseType && column.Type == column.BaseType))
                return Column("excluded", column.Name);
        }

        return null;
    }

    private static Node Column(string owner, string name)
    {
        var column = new ColumnRef();
        column.Fields.Add(new Node { String = new PgQuery.String { Sval = owner } });
        column.Fields.Add(new Node { String = new PgQuery.String { Sval = name } });
        return new Node { ColumnRef = column };
    }

    // One row of VALUES, or of a SELECT without FROM.
    private bool IsSingle => _kept.Any || insert.SelectStmt?.SelectStmt is not { } source || source.ValuesLists.Count == 1
        || (source.ValuesLists.Count == 0 && source.FromClause.Count == 0 && source.Op == SetOperation.SetopNone && source.TargetList.All(t => t.ResTarget.Val.FuncCall is null));

    private UpsertColumn? Find(string column) => _view is null ? table.Find(column) : _view.Columns.FirstOrDefault(c => c.Column.Name == column).Column;

    private string InTable(string column) => _view?.Columns.FirstOrDefault(c => c.Column.Name == column).InTable ?? column;

    private bool IsTable(string name) => name == table.Name || views.Any(v => v.Name == name);

    // PostgreSQL would show what was there before the statement; here the rows change one after the other.
    private void RefuseReadingItself()
    {
        var read = RelationReferences.Collect(new Node { InsertStmt = insert }).Count(r => !ReferenceEquals(r.Range, insert.Relation) && IsTable(r.Name));
        if (read > 1 || (read == 1 && (!IsSingle && !ReadsOnlyAsSource())))
            throw Refuse("that reads the table itself", "Read it in a statement before.");
        if (insert.ReturningList.Any(r => RelationReferences.Collect(r).Any(t => IsTable(t.Name))))
            throw Refuse("whose RETURNING reads the table itself", "Read it in a statement of its own.");
    }

    // Its rows are read as a whole before the first one is written.
    private bool ReadsOnlyAsSource() => insert.SelectStmt.SelectStmt is { Op: SetOperation.SetopNone, FromClause: [{ RangeVar: { } range }] } && IsTable(range.Relname);

    private PgException Refuse(string what, string hint) => new(
        SqlState.FeatureNotSupported, $"ON CONFLICT DO UPDATE {what} is not supported on distributed table \"{table.Name}\" inside of the coordinator", hint: hint);
}
