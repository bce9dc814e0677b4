using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>Finds out where the rows of a query lie: of a whole statement, of its subqueries, of its WITH queries.</summary>
internal sealed class QueryAnalyzer
{
    private readonly FromBuilder _from;
    private readonly JoinSolver _joins;
    private readonly SublinkAnalyzer _sublinks;
    private readonly OutputAnalyzer _outputs;
    private readonly SetOperationAnalyzer _setOperations;

    internal QueryAnalyzer(PlanRequest request)
    {
        Functions = new FunctionRules(request.Functions);
        Operands = new KeyOperands(request.ParameterTypes);
        Types = new TypeInference(request.ParameterTypes);
        Conditions = new Conditions(Operands);
        _from = new FromBuilder(this, request);
        _joins = new JoinSolver(Conditions);
        _sublinks = new SublinkAnalyzer(this);
        _outputs = new OutputAnalyzer(Types);
        _setOperations = new SetOperationAnalyzer(this);
    }

    internal FunctionRules Functions { get; }

    internal KeyOperands Operands { get; }

    internal TypeInference Types { get; }

    internal Conditions Conditions { get; }

    /// <summary>A subquery, or a data-modifying statement in WITH.</summary>
    internal QueryAnalysis AnalyzeNested(Node query, Scope? outer, CommonTables tables) => query.NodeCase switch
    {
        Node.NodeOneofCase.SelectStmt => AnalyzeSelect(query.SelectStmt, outer, tables),
        Node.NodeOneofCase.UpdateStmt => AnalyzeUpdate(query.UpdateStmt, tables),
        Node.NodeOneofCase.DeleteStmt => AnalyzeDelete(query.DeleteStmt, tables),
        _ => new QueryAnalysis(Locus.Impossible("this kind of subquery is not distributed"), null),
    };

    internal QueryAnalysis AnalyzeCommonTable(CommonTable table)
    {
        var query = AnalyzeNested(table.Expression.Ctequery, table.Outer, table.Visible);
        return query.Locus.IsSharded && table.IsRecursive
            ? query with { Locus = query.Locus.NotUnion("a recursive query over several shards is not distributed") }
            : query;
    }

    internal BlockAnalysis AnalyzeSelect(SelectStmt select, Scope? outer, CommonTables tables)
    {
        tables = Bind(select.WithClause, outer, tables, out var with);
        if (select.Op != SetOperation.SetopNone)
            return Combine(_setOperations.Analyze(select, outer, tables), with);

        var nodes = _from.BuildList(select.FromClause, outer, tables);
        var scope = new Scope(outer, [.. nodes.SelectMany(n => n.Items)]);
        var from = Solve(nodes, select.WhereClause, scope, out var classes);
        var links = Syntax.OfLevel<SubLink>(
            Syntax.Expressions(select).Concat(select.ValuesLists).Concat(Syntax.FromExpressions(select.FromClause)));
        from = JoinSolver.WithoutOwnPins(_sublinks.Add(from, links, select.WhereClause, scope, tables, classes), nodes);
        var outputs = _outputs.Of(select, scope);
        var block = new BlockShape(Functions).Describe(select, scope, from, outputs);
        return Combine(block, with);
    }

    /// <summary>Where the rows lie that an UPDATE changes.</summary>
    internal BlockAnalysis AnalyzeUpdate(UpdateStmt update, CommonTables tables) => AnalyzeModify(
        update.Relation, update.FromClause, update.WhereClause, update.WithClause,
        update.TargetList.Concat(update.ReturningList).Append(update.WhereClause), update.ReturningList, tables);

    /// <summary>Where the rows lie that a DELETE removes.</summary>
    internal BlockAnalysis AnalyzeDelete(DeleteStmt delete, CommonTables tables) => AnalyzeModify(
        delete.Relation, delete.UsingClause, delete.WhereClause, delete.WithClause,
        delete.ReturningList.Append(delete.WhereClause), delete.ReturningList, tables);

    private BlockAnalysis AnalyzeModify(
        RangeVar target, IEnumerable<Node> from, Node? where, WithClause? withClause, IEnumerable<Node?> expressions, IEnumerable<Node> returning, CommonTables tables)
    {
        tables = Bind(withClause, null, tables, out var with);
        // The target never means a WITH query.
        List<FromNode> nodes = [_from.BuildTarget(target, CommonTables.None), .. _from.BuildList(from, null, tables)];
        var scope = new Scope(null, [.. nodes.SelectMany(n => n.Items)]);
        var locus = Solve(nodes, where, scope, out var classes);
        var links = Syntax.OfLevel<SubLink>(expressions.Concat(Syntax.FromExpressions(from)));
        locus = JoinSolver.WithoutOwnPins(_sublinks.Add(locus, links, where, scope, tables, classes), nodes);
        var shape = new SelectStmt();
        shape.TargetList.Add(returning.Select(r => r.Clone()));
        return Combine(
            new BlockAnalysis(locus.NotUnion("a data-modifying WITH query runs on one shard only"), _outputs.Of(shape, scope), shape, scope)
            {
                From = locus,
                IsGrouped = false,
                GroupsAreLocal = true,
                HasWindows = false,
                WindowsAreLocal = true,
                DistinctIsLocal = true,
            },
            with);
    }

    private Locus Solve(List<FromNode> nodes, Node? where, Scope scope, out ColumnClasses classes)
    {
        classes = new ColumnClasses();
        Conditions.Read(where, scope, classes);
        return _joins.Solve(nodes, classes);
    }

    // A WITH query counts where it is named; what is never named must only fit.
    private CommonTables Bind(WithClause? clause, Scope? outer, CommonTables tables, out List<Locus> bound)
    {
        bound = [];
        if (clause is null)
            return tables;
        foreach (var node in clause.Ctes)
        {
            var expression = node.CommonTableExpr;
            var visible = clause.Recursive ? tables.With(new CommonTable(expression, tables, outer, true)) : tables;
            var table = new CommonTable(expression, visible, outer, false);
            bound.Add(AnalyzeCommonTable(clause.Recursive ? table with { IsRecursive = true } : table).Locus);
            tables = tables.With(table);
        }

        return tables;
    }

    private static BlockAnalysis Combine(BlockAnalysis block, List<Locus> with)
    {
        foreach (var locus in with)
        {
            if (locus.IsImpossible)
                return Replace(block, locus, locus);
            if (!locus.IsSharded)
                continue;
            if (block.From.IsImpossible)
                return block;
            if (block.From.IsSharded && !Locus.Colocated(block.From.Anchor!, locus.Anchor!))
                return Impossible(block, $"{block.From.Anchor!.Name} and {locus.Anchor!.Name} are not co-located");
            if (locus.IsUnion && block.From.IsSharded)
                continue;
            block = Replace(block, Pinned(block.From, locus), Pinned(block.Locus, locus));
        }

        return block;
    }

    private static Locus Pinned(Locus locus, Locus with) => locus.IsSharded
        ? (locus with { Pins = locus.Pins.Intersect(with.Pins) }).NotUnion(with.Why ?? "a WITH query runs on one shard only")
        : (with with { Reference = locus.Reference }).NotUnion("a WITH query over several shards is not distributed");

    private static BlockAnalysis Impossible(BlockAnalysis block, string why) => Replace(block, Locus.Impossible(why), Locus.Impossible(why));

    private static BlockAnalysis Replace(BlockAnalysis block, Locus from, Locus locus) => block with { From = from, Locus = locus };
}
