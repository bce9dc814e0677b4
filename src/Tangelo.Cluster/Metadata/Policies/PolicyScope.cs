using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Metadata.Policies;

/// <summary>A table in FROM of a policy's subquery. Of one whose columns are renamed there, none is known.</summary>
internal sealed class PolicyEntry(DistributedTable table, bool isRenamed)
{
    public DistributedTable Table => table;

    public bool IsRenamed => isRenamed;
}

/// <summary>What the names in a subquery of a policy mean, and which columns are equal wherever it finds a row.</summary>
internal sealed class PolicyScope
{
    private static readonly Oid Varchar = new(1043);

    private readonly PolicyScope? _outer;
    private readonly PolicyEntry _own;
    private readonly Dictionary<string, PolicyEntry?> _entries = [];
    private readonly HashSet<string> _queries = [];
    private readonly List<(Column, Column)> _equal;
    private readonly HashSet<PolicyEntry> _anchored;

    private PolicyScope(PolicyScope? outer, PolicyEntry own)
    {
        _outer = outer;
        _own = own;
        _equal = [.. outer?._equal ?? []];
        _anchored = [.. outer?._anchored ?? [own]];
    }

    /// <summary>The condition of a policy of <paramref name="table"/>.</summary>
    public static PolicyScope Of(DistributedTable table)
    {
        var own = new PolicyEntry(table, isRenamed: false);
        var scope = new PolicyScope(null, own);
        scope._entries[table.Name] = own;
        return scope;
    }

    /// <summary>A query inside of this: what it finds out does not concern the others.</summary>
    public PolicyScope Inner() => new(this, _own);

    public static bool IsEqual(IReadOnlyList<Node> names) => names is [{ String.Sval: "=" }];

    public PolicyEntry AddTable(string alias, DistributedTable table, bool isRenamed)
    {
        var entry = new PolicyEntry(table, isRenamed);
        _entries[alias] = entry;
        return entry;
    }

    /// <summary>A WITH query, a subquery or a function in FROM.</summary>
    public void AddQuery(string? alias)
    {
        if (alias is null)
            return;
        _entries[alias] = null;
        _queries.Add(alias);
    }

    public bool HasQuery(string name) => _queries.Contains(name) || _outer?.HasQuery(name) == true;

    /// <summary>The equalities without which the condition is not true.</summary>
    public void AddConditions(Node? condition)
    {
        if (condition?.BoolExpr is { Boolop: BoolExprType.AndExpr } operation)
        {
            foreach (var operand in operation.Args)
                AddConditions(operand);
        }
        else if (condition?.AExpr is { Kind: A_Expr_Kind.AexprOp } comparison && IsEqual(comparison.Name))
        {
            AddEquality(comparison.Lexpr, comparison.Rexpr);
        }
    }

    /// <summary>The columns of USING.</summary>
    public void AddShared(string left, string right, IEnumerable<Node> columns)
    {
        foreach (var column in columns)
        {
            AddEquality(
                new Node { ColumnRef = new ColumnRef { Fields = { Name(left), column } } },
                new Node { ColumnRef = new ColumnRef { Fields = { Name(right), column } } });
        }
    }

    private static Node Name(string text) => new() { String = new PgQuery.String { Sval = text } };

    /// <summary>Counts where both are columns of one type: of other types, equal values of a third may come from different ones.</summary>
    public void AddEquality(Node? left, Node? right)
    {
        if (Find(left) is { } one && Find(right) is { } other && one.Type == other.Type)
            _equal.Add((one, other));
    }

    /// <summary>True where the distribution column of <paramref name="entry"/> equals that of the policy's own row.</summary>
    public bool TryAnchor(PolicyEntry entry)
    {
        if (entry.IsRenamed || entry.Table.DistributionColumn is not { } key)
            return false;
        var reached = new HashSet<Column> { new(entry, key.Name, key.Type) };
        var grown = true;
        while (grown)
        {
            grown = false;
            foreach (var (one, other) in _equal)
            {
                if (reached.Contains(one) != reached.Contains(other))
                    grown = reached.Add(one) | reached.Add(other);
            }
        }

        return reached.Any(c => _anchored.Contains(c.Entry) && c.Entry.Table.DistributionColumn?.Name == c.Name) && _anchored.Add(entry);
    }

    // PostgreSQL compares varchar as text.
    private Column? Find(Node? expression) =>
        expression?.TypeCast is { } cast && IsText(cast.TypeName)
            ? FindColumn(cast.Arg) is { } column && column.Type == Varchar ? column : null
            : FindColumn(expression);

    private static bool IsText(TypeName type) => type.Names[^1].String.Sval == "text" && type.ArrayBounds.Count == 0;

    private Column? FindColumn(Node? expression)
    {
        if (expression?.ColumnRef is not { } column || column.Fields.Any(f => f.String is null))
            return null;
        var entry = column.Fields.Count switch
        {
            1 => _own,
            2 => Entry(column.Fields[0].String.Sval),
            _ => null,
        };
        return entry is { IsRenamed: false } && entry.Table.FindColumn(column.Fields[^1].String.Sval) is { } found
            ? new Column(entry, found.Name, found.Type)
            : null;
    }

    private PolicyEntry? Entry(string name) => _entries.TryGetValue(name, out var entry) ? entry : _outer?.Entry(name);

    private readonly record struct Column(PolicyEntry Entry, string Name, Oid Type);
}
