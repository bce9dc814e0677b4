using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Relations;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>One SELECT of a statement: what its FROM clause names, and the SELECT around it whose columns it may name.</summary>
internal sealed class QueryBlock(SelectStmt select, QueryBlock? outer)
{
    internal SelectStmt Select { get; } = select;

    internal QueryBlock? Outer { get; } = outer;

    internal List<FromEntry> Entries { get; } = [];

    /// <summary>The WITH queries that its FROM clause names.</summary>
    internal List<string> CommonTables { get; } = [];

    /// <summary>True when a join has an alias: the names of its tables mean something else outside of it.</summary>
    internal bool HidesNames { get; set; }

    /// <summary>False inside of a FROM clause, where only some of its items can be named.</summary>
    internal bool SeesAllOfOuter { get; init; } = true;

    /// <summary>True for this block and every one inside of it.</summary>
    internal bool IsWithin(QueryBlock root)
    {
        for (var block = this; block is not null; block = block.Parent)
        {
            if (ReferenceEquals(block, root))
                return true;
        }

        return false;
    }

    /// <summary>Its WHERE clause; null for a set operation.</summary>
    internal ConditionList? Where { get; set; }

    /// <summary>For a FROM item that passes rows on one by one: where it stands, and the conditions that its rows must fulfil there.</summary>
    internal (QueryBlock Block, IReadOnlyList<ConditionList> Conditions)? PassedTo { get; set; }

    /// <summary>The block whose text this one stands in, whether it sees its columns or not.</summary>
    internal QueryBlock? Parent { get; init; }
}

/// <summary>
/// A name in a FROM clause. <paramref name="Columns"/> is null where the columns are not known;
/// <paramref name="Table"/> is not null for a table of the cluster, <paramref name="Query"/> for a subquery.
/// </summary>
internal sealed record FromEntry(string Name, IReadOnlyList<string>? Columns, TableUse? Table = null, QueryBlock? Query = null);

/// <summary>A table of the cluster in a FROM clause.</summary>
internal sealed class TableUse(int index, QueryBlock block, RangeVar range, DistributedTable table, IReadOnlyList<ConditionList> conditions)
{
    /// <summary>Its place among all uses of the statement.</summary>
    internal int Index { get; } = index;

    internal QueryBlock Block { get; } = block;

    internal RangeVar Range { get; } = range;

    internal DistributedTable Table { get; } = table;

    /// <summary>Conditions that every row of it must fulfil to have any effect on the statement.</summary>
    internal IReadOnlyList<ConditionList> Conditions { get; } = conditions;

    internal string Name => Range.NameInQuery();

    /// <summary>With TABLESAMPLE: the item, and what puts another one in its place; null without.</summary>
    internal (RangeTableSample Item, Action<Node> Replace)? Sample { get; init; }

    /// <summary>Why it cannot be replaced by its rows, or null.</summary>
    internal string? WhyFixed { get; set; }
}

/// <summary>The terms of a WHERE or ON clause that are joined by AND. Terms may be taken out.</summary>
internal sealed class ConditionList
{
    private readonly Action<Node?> _set;

    internal ConditionList(QueryBlock block, Node? clause, Action<Node?> set)
    {
        Block = block;
        _set = set;
        if (clause is not null)
            Terms.AddRange(Conditions.Conjuncts(clause));
    }

    /// <summary>Where its names are resolved.</summary>
    internal QueryBlock Block { get; }

    internal List<Node> Terms { get; } = [];

    internal void Remove(Node term)
    {
        Terms.Remove(term);
        _set(And(Terms));
    }

    /// <summary>The terms joined by AND, without an AND within, as the parser would have it; null of none.</summary>
    internal static Node? And(IReadOnlyList<Node> terms)
    {
        if (terms.Count <= 1)
            return terms.Count == 0 ? null : terms[0];
        var all = new BoolExpr { Boolop = BoolExprType.AndExpr };
        all.Args.Add(terms.SelectMany(Conditions.Conjuncts));
        return new Node { BoolExpr = all };
    }

    /// <summary>A clause with one term more; the term alone where there is none.</summary>
    internal static Node And(Node? clause, Node term) => And(clause is null ? [term] : [clause, term])!;
}

/// <summary>
/// A subquery that names nothing outside of itself and computes something over its rows (groups, a limit, DISTINCT), or an arm of a set
/// operation. It can be run by itself, and <paramref name="Replace"/> puts the result of a name, with the columns' own names, in its place.
/// </summary>
internal sealed record SubqueryUnit(int Index, SelectStmt Query, QueryBlock Block, string Label, UnitKind Kind, Action<string, IReadOnlyList<string>> Replace);

/// <summary>Where a subquery stands.</summary>
internal enum UnitKind
{
    /// <summary>A FROM item.</summary>
    Table,

    /// <summary>A value, a list of values or an array in an expression.</summary>
    Expression,

    /// <summary>Of which only matters whether it has rows.</summary>
    Exists,

    /// <summary>An arm of a set operation.</summary>
    Arm,

    /// <summary>A WITH query, named once or more.</summary>
    Common,
}
