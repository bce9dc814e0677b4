using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Locking;

/// <summary>
/// Takes subqueries that lock rows of several shards out of a statement: the queue's <c>DELETE ... WHERE id IN (SELECT id ... LIMIT 1 FOR UPDATE SKIP
/// LOCKED)</c>. They are run first, and the rest is planned with what they give.
/// </summary>
internal sealed class LockedSubqueries
{
    private readonly PlanContext _context;
    private readonly List<LockedSubquery> _found = [];
    private readonly HashSet<string> _tables = [];
    private int _parameters;

    private LockedSubqueries(PlanContext context)
    {
        _context = context;
        _parameters = context.Request.ParameterTypes.Length;
    }

    /// <summary>The request with the subqueries as parameters; null when there is none that can be taken out.</summary>
    internal static PlanRequest? TakeOut(PlanContext context, out Func<Plan, Plan> wrap)
    {
        var subqueries = new LockedSubqueries(context);
        var tree = TreeRewriter.Rewrite(context.Tree, subqueries.Replace);
        subqueries.Inline(tree);
        wrap = plan => new LockedSubqueriesPlan([.. subqueries._found], plan);
        if (subqueries._found.Count == 0 || TreeWalker.Any(tree, m => m is LockingClause) || !Deparser.TryDeparseFaithfully(tree, out var sql))
            return null;
        return context.Request with
        {
            Statement = SqlParser.ParseOne(sql),
            ParameterTypes = [.. context.Request.ParameterTypes, .. subqueries._found.SelectMany(s => s.Types)],
        };
    }

    private Node? Replace(Node node)
    {
        switch (node.NodeCase)
        {
            case Node.NodeOneofCase.SubLink when node.SubLink is { SubLinkType: SubLinkType.AnySublink } link && IsEquals(link) && LockedColumns.Of(_context, link.Subselect) is [var column]:
                var values = Add(link.Subselect, [KeyArray.TypeOf(column.Type)], isScalar: false);
                return values is null ? null : Trees.Among(link.Testexpr, KeyArray.Read(_parameters, column.Type, InsertTarget.BaseType(column)));
            case Node.NodeOneofCase.SubLink when node.SubLink is { SubLinkType: SubLinkType.ExprSublink } link && LockedColumns.Of(_context, link.Subselect) is [var column]:
                return Add(link.Subselect, [column.Type], isScalar: true) is null ? null : Casts.To(Trees.Parameter(_parameters), InsertTarget.BaseType(column));
            case Node.NodeOneofCase.CommonTableExpr when node.CommonTableExpr is { Cterecursive: false } table:
                if (Rows(table.Ctequery) is { } rows)
                {
                    table.Ctequery = rows;
                    _tables.Add(table.Ctename);
                }

                return null;
            case Node.NodeOneofCase.RangeSubselect when !node.RangeSubselect.Lateral && Rows(node.RangeSubselect.Subquery) is { } subquery:
                node.RangeSubselect.Subquery = subquery;
                return null;
            default:
                return null;
        }
    }

    // A WITH query that only gives parameters may stand where it is named, if that is one place.
    private void Inline(Node tree)
    {
        var with = tree.UpdateStmt?.WithClause ?? tree.DeleteStmt?.WithClause;
        if (with is null || with.Recursive)
            return;
        foreach (var table in with.Ctes.Select(c => c.CommonTableExpr).Where(c => _tables.Contains(c.Ctename)).ToList())
        {
            var uses = 0;
            TreeWalker.Visit(tree, message =>
            {
                uses += message is RangeVar { Schemaname: "" } range && range.Relname == table.Ctename ? 1 : 0;
                return true;
            });
            if (uses != 1 || table.Aliascolnames.Count > 0)
                continue;
            var inlined = TreeRewriter.Rewrite(tree, node =>
            {
                if (node.RangeVar is not { Schemaname: "" } range || range.Relname != table.Ctename || ReferenceEquals(range, tree.UpdateStmt?.Relation ?? tree.DeleteStmt?.Relation))
                    return null;
                return new Node
                {
                    RangeSubselect = new RangeSubselect { Subquery = table.Ctequery.Clone(), Alias = range.Alias ?? new Alias { Aliasname = table.Ctename } },
                };
            });
            var rest = inlined.UpdateStmt?.WithClause ?? inlined.DeleteStmt!.WithClause;
            rest.Ctes.Remove(rest.Ctes.First(c => c.CommonTableExpr.Ctename == table.Ctename));
            if (rest.Ctes.Count == 0 && inlined.UpdateStmt is { } update)
                update.WithClause = null;
            else if (rest.Ctes.Count == 0)
                inlined.DeleteStmt.WithClause = null;
            if (inlined.UpdateStmt is { } changed)
                tree.UpdateStmt = changed;
            else
                tree.DeleteStmt = inlined.DeleteStmt;
        }
    }

    private static bool IsEquals(SubLink link) => link.OperName.Count == 0 || link.OperName is [{ String.Sval: "=" }];

    private LockedSubquery? Add(Node query, ImmutableArray<Oid> types, bool isScalar)
    {
        var plan = _context.PlanPart(query.Clone());
        if (plan is not (ShardPlan or CombinePlan or LockedRowsPlan or KeyedLocksPlan))
            return null;
        var subquery = new LockedSubquery(plan, isScalar, types);
        _found.Add(subquery);
        _parameters += types.Length;
        return subquery;
    }

    // SELECT c1::type AS name, ... FROM unnest($1, ...) AS r (c1, ...)
    private Node? Rows(Node? query)
    {
        if (query is null || LockedColumns.Of(_context, query) is not { Count: > 0 } columns)
            return null;
        var first = _parameters + 1;
        if (Add(query, [.. columns.Select(_ => PgTypes.TextArray)], isScalar: false) is null)
            return null;
        var names = columns.Select((_, i) => $"c{i + 1}").ToList();
        var arrays = names.Select((_, i) => $"${first + i}::pg_catalog.text[]");
        var rows = SqlParser.ParseOne($"SELECT FROM unnest({string.Join(", ", arrays)}) AS tangelo_locked ({string.Join(", ", names)})").Tree;
        var targets = query.SelectStmt.TargetList;
        for (var i = 0; i < columns.Count; i++)
        {
            var name = targets.Count == columns.Count && targets[i].ResTarget.Name is { Length: > 0 } given ? given : columns[i].Name;
            rows.SelectStmt.TargetList.Add(Trees.Target(Casts.To(Trees.Column("tangelo_locked", names[i]), InsertTarget.BaseType(columns[i])), name));
        }

        return rows;
    }
}
