using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// The blocks of a SELECT, the tables that they read, and the subqueries that could be run by themselves. It holds on to the nodes of the
/// tree it was made of, so that they can be changed. The same tree gives the same model, with the same numbers.
/// </summary>
internal sealed class StatementModel
{
    private readonly PlanContext _context;
    private readonly HashSet<string> _commonTables = [];

    private StatementModel(PlanContext context) => _context = context;

    internal List<QueryBlock> Blocks { get; } = [];

    internal List<TableUse> Uses { get; } = [];

    internal List<SubqueryUnit> Units { get; } = [];

    /// <summary>All WHERE and ON clauses.</summary>
    internal List<ConditionList> Conditions { get; } = [];

    /// <summary>Columns that joins with USING compare.</summary>
    internal List<(FromEntry Left, FromEntry Right, string Column)> Using { get; } = [];

    /// <summary>The model of a tree, or null when it has something that is not understood.</summary>
    internal static StatementModel? Of(PlanContext context, SelectStmt select)
    {
        var model = new StatementModel(context);
        TreeWalker.Visit(new Node { SelectStmt = select }, message =>
        {
            if (message is CommonTableExpr common)
                model._commonTables.Add(common.Ctename);
            return true;
        });
        try
        {
            model.Visit(select, null, null);
        }
        catch (NotUnderstoodException)
        {
            return null;
        }

        new ColumnUses(model).Mark();
        return model;
    }

    /// <summary>The uses of distributed tables in a block and the blocks inside of it.</summary>
    internal IEnumerable<TableUse> DistributedWithin(QueryBlock block) => Uses.Where(u => !u.Table.IsReference && u.Block.IsWithin(block));

    private QueryBlock Visit(SelectStmt select, QueryBlock? outer, QueryBlock? parent, bool seesAll = true)
    {
        var block = new QueryBlock(select, outer) { Parent = parent, SeesAllOfOuter = seesAll };
        Blocks.Add(block);
        foreach (var common in select.WithClause?.Ctes ?? [])
        {
            if (common.CommonTableExpr.Ctequery.NodeCase != Node.NodeOneofCase.SelectStmt)
                throw new NotUnderstoodException();
            Visit(common.CommonTableExpr.Ctequery.SelectStmt, outer, block, seesAll);
        }

        if (select.Op != SetOperation.SetopNone)
        {
            Arm(select.Larg, block, s => select.Larg = s);
            Arm(select.Rarg, block, s => select.Rarg = s);
            return block;
        }

        var where = new ConditionList(block, select.WhereClause, v => select.WhereClause = v);
        Conditions.Add(where);
        block.Where = where;
        for (var i = 0; i < select.FromClause.Count; i++)
        {
            var position = i;
            From(select.FromClause[i], block, [where], n => select.FromClause[position] = n);
        }

        foreach (var link in Syntax.OfLevel<SubLink>(Syntax.Expressions(select).Concat(select.ValuesLists)))
            Sublink(link, block, seesAll: true);
        foreach (var link in Syntax.OfLevel<SubLink>(Syntax.FromExpressions(select.FromClause)))
            Sublink(link, block, seesAll: false);
        return block;
    }

    private void Arm(SelectStmt arm, QueryBlock block, Action<SelectStmt> set)
    {
        var inner = Visit(arm, block.Outer, block, block.SeesAllOfOuter);
        if (arm.Op == SetOperation.SetopNone && arm.ValuesLists.Count == 0)
            Unit(arm, inner, "set operation", UnitKind.Arm, (name, columns) => set(Results.SelectFrom(name, columns)));
    }

    private void Sublink(SubLink link, QueryBlock block, bool seesAll)
    {
        if (link.Subselect.NodeCase != Node.NodeOneofCase.SelectStmt)
            throw new NotUnderstoodException();
        var query = link.Subselect.SelectStmt;
        var isExists = link.SubLinkType == SubLinkType.ExistsSublink;

        // What EXISTS selects does not matter: the columns need not come along.
        if (isExists && query.Op == SetOperation.SetopNone && query.TargetList.Count > 0 && query.TargetList.All(Syntax.IsStar))
        {
            query.TargetList.Clear();
            query.TargetList.Add(Combine.Trees.Target(Combine.Trees.Integer(1)));
        }

        var inner = Visit(query, block, block, seesAll);
        if (link.Testexpr?.RowExpr is not null)
            return;
        Unit(query, inner, "subquery", isExists ? UnitKind.Exists : UnitKind.Expression, (name, columns) =>
            link.Subselect = new Node { SelectStmt = Results.SelectFrom(name, columns) });
    }

    private void From(Node item, QueryBlock block, IReadOnlyList<ConditionList> conditions, Action<Node> set)
    {
        switch (item.NodeCase)
        {
            case Node.NodeOneofCase.RangeVar:
                Table(item.RangeVar, block, conditions);
                break;
            case Node.NodeOneofCase.RangeTableSample:
                var sample = item.RangeTableSample;
                if (sample.Relation.RangeVar is not { } sampled || Syntax.OfLevel<ColumnRef>(sample.Args.Append(sample.Repeatable)).Count > 0
                    || Syntax.OfLevel<SubLink>(sample.Args.Append(sample.Repeatable)).Count > 0)
                    throw new NotUnderstoodException();
                Table(sampled, block, conditions, (sample, set));
                break;
            case Node.NodeOneofCase.RangeSubselect:
                var sub = item.RangeSubselect;
                if (sub.Subquery.NodeCase != Node.NodeOneofCase.SelectStmt || sub.Alias is null)
                    throw new NotUnderstoodException();
                var inner = Visit(sub.Subquery.SelectStmt, sub.Lateral ? block : block.Outer, block, !sub.Lateral && block.SeesAllOfOuter);
                block.Entries.Add(new FromEntry(sub.Alias.Aliasname, sub.Alias.Colnames.Count > 0 ? null : OutputsOf(sub.Subquery.SelectStmt), Query: inner));
                if (!Computes(sub.Subquery.SelectStmt))
                    inner.PassedTo = (block, conditions);
                else
                    Unit(sub.Subquery.SelectStmt, inner, sub.Alias.Aliasname, UnitKind.Table, (name, columns) => set(Results.Read(name, sub.Alias, columns)));
                break;
            case Node.NodeOneofCase.JoinExpr:
                Join(item.JoinExpr, block, conditions);
                break;
            case Node.NodeOneofCase.RangeFunction:
                block.Entries.Add(new FromEntry(item.RangeFunction.Alias?.Aliasname ?? "", null));
                break;
            default:
                throw new NotUnderstoodException();
        }
    }

    private void Join(JoinExpr join, QueryBlock block, IReadOnlyList<ConditionList> conditions)
    {
        var on = new ConditionList(block, join.Quals, v => join.Quals = v ?? Results.True());
        var (left, right) = join.Jointype switch
        {
            JoinType.JoinInner => ([.. conditions, on], [.. conditions, on]),
            JoinType.JoinLeft => (conditions, [on]),
            JoinType.JoinRight => ([on], conditions),
            _ => ((IReadOnlyList<ConditionList>)[], (IReadOnlyList<ConditionList>)[]),
        };
        Conditions.Add(on);
        var start = block.Entries.Count;
        From(join.Larg, block, left, n => join.Larg = n);
        var middle = block.Entries.Count;
        From(join.Rarg, block, right, n => join.Rarg = n);
        foreach (var name in join.UsingClause.Select(n => n.String.Sval))
        {
            var owners = block.Entries.Take(start..middle).Where(e => e.Columns?.Contains(name) == true).ToList();
            var others = block.Entries.Skip(middle).Where(e => e.Columns?.Contains(name) == true).ToList();
            if (owners.Count > 0 && others.Count == 1)
                Using.Add((owners[0], others[0], name));
        }

        if (join.Alias is null)
            return;
        block.HidesNames = true;
        block.Entries.Add(new FromEntry(join.Alias.Aliasname, null));
    }

    private void Table(
        RangeVar range, QueryBlock block, IReadOnlyList<ConditionList> conditions, (RangeTableSample Item, Action<Node> Replace)? sample = null)
    {
        var name = range.NameInQuery();
        if (range.Schemaname.Length == 0 && _commonTables.Contains(range.Relname))
        {
            block.CommonTables.Add(range.Relname);
            block.Entries.Add(new FromEntry(name, null));
            return;
        }

        if (_context.TableOf(range) is not { } table)
            throw new NotUnderstoodException();
        var renamed = range.Alias is { Colnames.Count: > 0 };
        var use = new TableUse(Uses.Count, block, range, table, conditions)
        {
            Sample = sample,
            WhyFixed = renamed ? "its columns have other names here" : null,
        };
        Uses.Add(use);
        block.Entries.Add(new FromEntry(name, renamed ? null : [.. table.Columns.Select(c => c.Name)], use));
    }

    private void Unit(SelectStmt query, QueryBlock inner, string label, UnitKind kind, Action<string, IReadOnlyList<string>> replace)
    {
        if (DistributedWithin(inner).Any() && new NameResolver(this).IsSelfContained(inner))
            Units.Add(new SubqueryUnit(Units.Count, query, inner, label, kind, replace));
    }

    private bool Computes(SelectStmt select) =>
        select.Op != SetOperation.SetopNone || select.GroupClause.Count > 0 || select.HavingClause is not null || select.DistinctClause.Count > 0
        || select.LimitCount is not null || select.LimitOffset is not null || select.SortClause.Count > 0
        || Syntax.OfLevel<FuncCall>(Syntax.Expressions(select)).Exists(c => c.Over is not null || _context.Analyzer.Functions.IsAggregate(c));

    // Null where * stands for columns that are not known.
    private static List<string>? OutputsOf(SelectStmt select)
    {
        while (select.Op != SetOperation.SetopNone)
            select = select.Larg;
        return select.ValuesLists.Count > 0 || select.TargetList.Any(Syntax.IsStar) ? null : [.. select.TargetList.Select(t => OutputNames.Of(t.ResTarget))];
    }

    private sealed class NotUnderstoodException : Exception;
}
