using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// WITH queries, as PostgreSQL decides about them: one that is named once is put in its place, and so is one that reads no distributed
/// table, or whose rows stay on their shards; any other is run once, first. Recursive ones stay.
/// </summary>
internal static class CommonTableSteps
{
    /// <summary>Changes <paramref name="select"/>. False when a WITH query cannot be handled.</summary>
    /// <param name="context">Of the statement.</param>
    /// <param name="select">The statement's tree.</param>
    /// <param name="run">Makes a query a result and gives the name and columns of that, or null when it cannot.</param>
    internal static bool TryApply(PlanContext context, SelectStmt select, Func<SelectStmt, string, (string Name, IReadOnlyList<string> Columns)?> run)
    {
        var names = new HashSet<string>();
        var clauses = new List<SelectStmt>();
        var once = true;
        TreeWalker.Visit(new Node { SelectStmt = select }, message =>
        {
            if (message is SelectStmt { WithClause: not null } inner)
                clauses.Add(inner);
            if (message is CommonTableExpr common)
                once &= names.Add(common.Ctename);
            return true;
        });
        if (clauses.Count == 0)
            return true;
        if (!once)
            return false;

        // Inner clauses come later in the walk; an outer one may stand in the way of nothing but itself.
        return clauses.TrueForAll(c => c.WithClause.Recursive || TryApplyTo(context, c, run));
    }

    private static bool TryApplyTo(PlanContext context, SelectStmt owner, Func<SelectStmt, string, (string Name, IReadOnlyList<string> Columns)?> run)
    {
        var clause = owner.WithClause;
        while (clause.Ctes.Count > 0)
        {
            var common = clause.Ctes[0].CommonTableExpr;
            if (common.Ctequery.NodeCase != Node.NodeOneofCase.SelectStmt)
                return false;
            clause.Ctes.RemoveAt(0);
            if (clause.Ctes.Count == 0)
                owner.WithClause = null;
            var wrapped = new Node { SelectStmt = owner };
            var uses = Uses(wrapped, common.Ctename);
            if (uses == 0)
                continue;
            var query = common.Ctequery.SelectStmt;
            if (uses == 1 && common.Ctematerialized != CTEMaterialize.Always || StaysInPlace(context, common))
                Replace(owner, common, (alias, _) => Inline(query, alias, common));
            else if (run(query, common.Ctename) is { } result)
                Replace(owner, common, (alias, _) => Results.Read(result.Name, WithNames(alias, common), result.Columns));
            else
                return false;
        }

        return true;
    }

    private static bool StaysInPlace(PlanContext context, CommonTableExpr common)
    {
        var facts = StatementFacts.Of(context.Request, common.Ctequery, context.Analyzer.Functions);
        if (facts.Samples)
            return false;
        if (!facts.ReachesDistributed)
            return true;
        return common.Ctematerialized != CTEMaterialize.Always
            && context.Analyzer.AnalyzeNested(common.Ctequery, null, CommonTables.None).Locus is { IsUnion: true };
    }

    private static int Uses(Node tree, string name)
    {
        var uses = 0;
        TreeWalker.Visit(tree, message =>
        {
            if (IsNamed(message, name))
                uses++;
            return true;
        });
        return uses;
    }

    private static bool IsNamed(Google.Protobuf.IMessage message, string name) => message is RangeVar { Schemaname: "" } range && range.Relname == name;

    private static void Replace(SelectStmt owner, CommonTableExpr common, Func<Alias, RangeVar, Node> make)
    {
        var changed = TreeRewriter.Rewrite(new Node { SelectStmt = owner }, node =>
            node.NodeCase == Node.NodeOneofCase.RangeVar && IsNamed(node.RangeVar, common.Ctename)
                ? make(node.RangeVar.Alias?.Clone() ?? new Alias { Aliasname = node.RangeVar.Relname }, node.RangeVar)
                : null).SelectStmt;
        owner.FromClause.Clear();
        owner.FromClause.Add(changed.FromClause);
        owner.WhereClause = changed.WhereClause;
        owner.TargetList.Clear();
        owner.TargetList.Add(changed.TargetList);
        owner.GroupClause.Clear();
        owner.GroupClause.Add(changed.GroupClause);
        owner.HavingClause = changed.HavingClause;
        owner.SortClause.Clear();
        owner.SortClause.Add(changed.SortClause);
        owner.DistinctClause.Clear();
        owner.DistinctClause.Add(changed.DistinctClause);
        owner.WindowClause.Clear();
        owner.WindowClause.Add(changed.WindowClause);
        owner.LimitCount = changed.LimitCount;
        owner.LimitOffset = changed.LimitOffset;
        owner.Larg = changed.Larg;
        owner.Rarg = changed.Rarg;
        owner.ValuesLists.Clear();
        owner.ValuesLists.Add(changed.ValuesLists);
        for (var i = 0; i < (owner.WithClause?.Ctes.Count ?? 0); i++)
            owner.WithClause!.Ctes[i] = changed.WithClause.Ctes[i];
    }

    private static Node Inline(SelectStmt query, Alias alias, CommonTableExpr common) => new()
    {
        RangeSubselect = new RangeSubselect { Subquery = new Node { SelectStmt = query.Clone() }, Alias = WithNames(alias, common) },
    };

    // t (a, b) AS x (c): c, b.
    private static Alias WithNames(Alias alias, CommonTableExpr common)
    {
        alias.Colnames.Add(common.Aliascolnames.Skip(alias.Colnames.Count).Select(n => n.Clone()));
        return alias;
    }
}
