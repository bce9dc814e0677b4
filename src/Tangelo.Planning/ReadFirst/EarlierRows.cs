using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Recursive;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.ReadFirst;

/// <summary>
/// The query that reads a relation of a FROM clause before its statement: the columns that the statement names, and the rows that the conditions about
/// this relation alone let pass.
/// </summary>
internal sealed class EarlierRows
{
    private EarlierRows(string name, SelectStmt select, IReadOnlyList<IntermediateColumn> columns)
    {
        Name = name;
        Select = select;
        Columns = columns;
    }

    /// <summary>What the statement calls the relation.</summary>
    internal string Name { get; }

    internal SelectStmt Select { get; }

    internal IReadOnlyList<IntermediateColumn> Columns { get; }

    /// <summary>Null for a relation whose columns are not known, and where the statement asks for what only the relation itself has.</summary>
    internal static EarlierRows? Of(PlanContext context, Node tree, RangeVar range)
    {
        var relation = context.Request.Relations[new RelationName(range.Schemaname, range.Relname)];
        List<IntermediateColumn> all = context.TableOf(range) is { } table
            ? [.. table.Columns.OrderBy(c => c.Number).Select(c => new IntermediateColumn(c.Name) { Collation = c.Collation })]
            : relation.Columns.IsDefaultOrEmpty ? [] : [.. relation.Columns.Select(c => new IntermediateColumn(c.Name) { Collation = c.Collation is { } oid ? CollationName(context, oid) : null })];
        var name = range.NameInQuery();
        if (all.Count == 0 || TreeWalker.Any(tree, m => m is ColumnRef column && NamesPlace(column, name)))
            return null;
        var renamed = range.Alias is { Colnames.Count: > 0 };
        var columns = renamed ? all : Needed(tree, name, all);
        var select = Trees.Select();
        var source = new RangeVar { Schemaname = range.Schemaname, Relname = range.Relname, Inh = true, Relpersistence = "p", Alias = new Alias { Aliasname = name } };
        select.TargetList.Add(columns.Select(c => Trees.Target(Trees.Column(name, c.Name))));
        select.FromClause.Add(new Node { RangeVar = source });
        if (!renamed)
            select.WhereClause = ConditionList.And([.. Terms(context, tree, range, name).Select(t => t.Clone())]);
        return new EarlierRows(name, select, columns);
    }

    /// <summary>Has the statement read the result in place of the relation.</summary>
    internal void Replace(RangeVar range, string result)
    {
        range.Alias ??= new Alias { Aliasname = Name };
        range.Schemaname = "";
        range.Catalogname = "";
        range.Relname = result;
        range.Inh = true;
    }

    private static string? CollationName(PlanContext context, string oid) => context.Ask(
        $"""
        SELECT pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(c.collname)
        FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = {oid}
        """) is [[{ } name]] ? name : null;

    // System columns are the relation's own, and a name alone may mean them too.
    private static bool NamesPlace(ColumnRef column, string name) =>
        column.Fields[^1].String is { Sval: "ctid" or "tableoid" or "xmin" or "xmax" or "cmin" or "cmax" }
        && (column.Fields.Count == 1 || column.Fields[^2].String?.Sval == name);

    // Whatever a name may mean: one column too many does no harm.
    private static List<IntermediateColumn> Needed(Node tree, string name, List<IntermediateColumn> all)
    {
        var names = new HashSet<string>();
        var everything = false;
        TreeWalker.Visit(tree, message =>
        {
            switch (message)
            {
                case ColumnRef column:
                    everything |= column.Fields[^1].AStar is not null && (column.Fields.Count == 1 || column.Fields[^2].String?.Sval == name);
                    everything |= column.Fields[^1].String?.Sval == name && !all.Exists(c => c.Name == name);
                    if (column.Fields.Select(f => f.String).OfType<PgQuery.String>().LastOrDefault() is { } last)
                        names.Add(last.Sval);
                    break;
                case JoinExpr join:
                    everything |= join.IsNatural;
                    names.UnionWith(join.UsingClause.Select(u => u.String.Sval));
                    break;
            }

            return true;
        });
        var needed = everything ? all : all.FindAll(c => names.Contains(c.Name));
        return needed.Count > 0 ? needed : all[..1];
    }

    // The terms of the WHERE clause above it that name its columns only, where no outer join stands between.
    private static IEnumerable<Node> Terms(PlanContext context, Node tree, RangeVar range, string name)
    {
        List<Node> terms = [];
        TreeWalker.Visit(tree, message =>
        {
            var (from, where) = message switch
            {
                SelectStmt select => (select.FromClause, select.WhereClause),
                UpdateStmt update => (update.FromClause, update.WhereClause),
                DeleteStmt delete => (delete.UsingClause, delete.WhereClause),
                _ => (null, null),
            };
            if (from is not null && where is not null && from.Any(f => IsInnerJoined(f, range)))
                terms.AddRange(Conditions.Conjuncts(where));
            return true;
        });
        return terms.Where(t => Syntax.OfLevel<SubLink>([t]).Count == 0
            && !Syntax.OfLevel<FuncCall>([t]).Exists(c => context.Analyzer.Functions.IsUnsteady(c))
            && Syntax.OfLevel<ColumnRef>([t]) is { Count: > 0 } columns
            && columns.TrueForAll(c => c.Fields.Count == 2 && c.Fields[0].String?.Sval == name && c.Fields[1].String is not null));
    }

    private static bool IsInnerJoined(Node from, RangeVar range) => from.NodeCase switch
    {
        Node.NodeOneofCase.RangeVar => ReferenceEquals(from.RangeVar, range),
        Node.NodeOneofCase.JoinExpr => from.JoinExpr is { Jointype: JoinType.JoinInner, Alias: null } join
            && (IsInnerJoined(join.Larg, range) || IsInnerJoined(join.Rarg, range)),
        _ => false,
    };
}
