using PgQuery;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Statements;

/// <summary>
/// Finds what PostgreSQL does not ask foreign tables for: samples, row locks that do not wait, a limit of the rows that are locked, MERGE, and ONLY, which
/// leaves the foreign table below a shell out.
/// </summary>
internal sealed class IgnoredConstructs
{
    private const string FromTheClient = "Send the statement from the client.";

    private readonly Dictionary<RangeVar, RelationReference> _references = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<SelectStmt> _limited = new(ReferenceEqualityComparer.Instance);
    private readonly List<IgnoredConstruct> _found = [];

    private IgnoredConstructs(Node statement)
    {
        foreach (var reference in RelationReferences.Collect(statement))
            _references[reference.Range] = reference;
    }

    /// <summary>Those of a statement.</summary>
    public static IReadOnlyList<IgnoredConstruct> Of(Node statement)
    {
        var constructs = new IgnoredConstructs(statement);
        foreach (var reference in constructs._references.Values)
        {
            if (!reference.Range.Inh && reference.Place != RelationPlace.Utility)
                constructs.Add("ONLY", "Leave it out: distributed tables have no children.", [reference.Range]);
        }

        TreeWalker.Visit(statement, message =>
        {
            switch (message)
            {
                case RangeTableSample { Relation.RangeVar: { } sampled }:
                    constructs.Add("TABLESAMPLE", "Sample in a statement of the client's, or use a condition with random().", [sampled]);
                    break;
                case MergeStmt merge:
                    constructs.Add("MERGE", FromTheClient + " Or use UPDATE, DELETE and INSERT.", [merge.Relation]);
                    break;
                case SelectStmt select:
                    constructs.LookAtLocks(select);
                    break;
            }

            return true;
        });
        return constructs._found;
    }

    private void LookAtLocks(SelectStmt select)
    {
        if (IsLimited(select))
            _limited.UnionWith(select.FromClause.SelectMany(Subqueries));
        foreach (var clause in select.LockingClause.Select(c => c.LockingClause))
        {
            var names = clause.LockedRels.Select(r => r.RangeVar.Relname).ToHashSet();
            var items = select.FromClause.SelectMany(Items).Where(i => names.Count == 0 || names.Contains(NameOf(i))).ToList();
            var locked = items.SelectMany(Relations).ToList();
            if (clause.WaitPolicy == LockWaitPolicy.LockWaitSkip)
                Add("SKIP LOCKED", FromTheClient, locked);
            else if (clause.WaitPolicy == LockWaitPolicy.LockWaitError)
                Add("NOWAIT", FromTheClient, locked);
            if (IsLimited(select) || items.SelectMany(Subqueries).Any(IsLimited))
                Add("LIMIT with a row lock", FromTheClient + " Without LIMIT, or with a unique key that is given, it works.", locked, select);
        }
    }

    private bool IsLimited(SelectStmt select) => _limited.Contains(select) || select.LimitCount is { AConst.Isnull: not true } or { AConst: null };

    private void Add(string construct, string hint, IEnumerable<RangeVar> ranges, SelectStmt? select = null)
    {
        var relations = ranges.Where(_references.ContainsKey).Select(r => new NamedRelation(r.Schemaname, r.Relname)).Distinct().ToList();
        if (relations.Count > 0)
            _found.Add(new IgnoredConstruct(construct, hint, relations, select is { FromClause: [{ RangeVar: { } only }] } ? Equal(only, select.WhereClause) : []));
    }

    // The tables, subqueries and functions that an item of FROM joins.
    private static IEnumerable<Node> Items(Node item) => item.NodeCase switch
    {
        Node.NodeOneofCase.JoinExpr => Items(item.JoinExpr.Larg).Concat(Items(item.JoinExpr.Rarg)),
        Node.NodeOneofCase.RangeTableSample => [item.RangeTableSample.Relation],
        _ => [item],
    };

    // A lock of a subquery is one of what it reads.
    private static IEnumerable<RangeVar> Relations(Node item) => item.NodeCase switch
    {
        Node.NodeOneofCase.RangeVar => [item.RangeVar],
        Node.NodeOneofCase.RangeSubselect => item.RangeSubselect.Subquery.SelectStmt.FromClause.SelectMany(Items).SelectMany(Relations),
        _ => [],
    };

    private static IEnumerable<SelectStmt> Subqueries(Node item) => Items(item)
        .Where(i => i.NodeCase == Node.NodeOneofCase.RangeSubselect).Select(i => i.RangeSubselect.Subquery.SelectStmt)
        .SelectMany(s => s.FromClause.SelectMany(Subqueries).Prepend(s));

    private static string NameOf(Node item) => item.NodeCase switch
    {
        Node.NodeOneofCase.RangeVar => item.RangeVar.Alias?.Aliasname ?? item.RangeVar.Relname,
        Node.NodeOneofCase.RangeSubselect => item.RangeSubselect.Alias?.Aliasname ?? "",
        _ => "",
    };

    private static List<EqualColumn> Equal(RangeVar table, Node? condition)
    {
        if (condition is { BoolExpr: { Boolop: BoolExprType.AndExpr } and })
            return [.. and.Args.SelectMany(a => Equal(table, a))];
        if (condition?.AExpr is not { Kind: A_Expr_Kind.AexprOp, Name: [{ String.Sval: "=" }] } comparison)
            return [];
        var found = new List<EqualColumn>();
        foreach (var (column, value) in new[] { (comparison.Lexpr, comparison.Rexpr), (comparison.Rexpr, comparison.Lexpr) })
        {
            if (ColumnOf(table, column) is { } name && !TreeWalker.Any(value, m => m is SubLink or FuncCall))
                found.Add(new EqualColumn(name, NamesIn(table, value)));
        }

        return found;
    }

    private static string? ColumnOf(RangeVar table, Node? node) => node?.ColumnRef is { Fields: [.., { String.Sval: { } name }] fields }
        && (fields.Count == 1 || fields.Count == 2 && fields[0].String.Sval == (table.Alias?.Aliasname ?? table.Relname)) ? name : null;

    private static List<string> NamesIn(RangeVar table, Node value)
    {
        var names = new List<string>();
        TreeWalker.Visit(value, message =>
        {
            if (message is ColumnRef column && ColumnOf(table, new Node { ColumnRef = column }) is { } name)
                names.Add(name);
            return true;
        });
        return names;
    }
}
