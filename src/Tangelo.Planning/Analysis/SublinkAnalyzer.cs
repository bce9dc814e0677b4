using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>Subqueries in expressions: which of them see all they need on the shard of the row they are computed for.</summary>
internal sealed class SublinkAnalyzer(QueryAnalyzer analyzer)
{
    /// <summary>Where rows of <paramref name="rows"/> lie once <paramref name="links"/> are computed for them.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="links">All subqueries of this level.</param>
    /// <param name="where">The WHERE clause: of a subquery that is a condition in it only the truth matters, not whether the rest is false or NULL.</param>
    /// <param name="scope">What names mean.</param>
    /// <param name="tables">The WITH queries.</param>
    /// <param name="classes">Which columns are equal.</param>
    internal Locus Add(Locus rows, List<SubLink> links, Node? where, Scope scope, CommonTables tables, ColumnClasses classes)
    {
        var conditions = links.Count == 0 ? [] : ConditionsIn(where).ToHashSet<SubLink>(ReferenceEqualityComparer.Instance);
        foreach (var link in links)
        {
            if (rows.IsImpossible)
                return rows;
            var query = analyzer.AnalyzeNested(link.Subselect, scope, tables);
            rows = Add(rows, link, query, conditions.Contains(link), scope, classes);
        }

        return rows;
    }

    private static IEnumerable<SubLink> ConditionsIn(Node? condition) => condition switch
    {
        { BoolExpr: { Boolop: not BoolExprType.NotExpr } several } => several.Args.SelectMany(ConditionsIn),
        { SubLink: { } link } => [link],
        _ => [],
    };

    private static Locus Add(Locus rows, SubLink link, QueryAnalysis query, bool isCondition, Scope scope, ColumnClasses classes)
    {
        var sub = query.Locus;
        if (sub.IsImpossible)
            return sub;
        if (!sub.IsSharded)
        {
            rows = rows with { Reference = rows.Reference ?? sub.Reference };
            return sub.IsUnion ? rows : rows.NotUnion(sub.Why!);
        }

        if (!rows.IsSharded)
            return (sub with { Reference = sub.Reference ?? rows.Reference }).NotUnion("a subquery over several shards in an expression is not distributed");
        if (!Locus.Colocated(rows.Anchor!, sub.Anchor!))
            return Locus.Impossible($"{rows.Anchor!.Name} and {sub.Anchor!.Name} are not co-located");
        if (JoinSolver.IsAttached(sub, rows, classes) || IsKeyMembership(link, query, isCondition, rows, scope))
            return rows;
        var pins = JoinSolver.PinsOf(rows, classes).Intersect(JoinSolver.PinsOf(sub, classes));
        return (rows with { Pins = pins }).NotUnion("a subquery that does not compare the distribution column is not distributed");
    }

    // a.key IN (SELECT b.key ...): a match can only be on the row's own shard. Without a match it is NULL where a key is, which may be on another shard: that
    // matters for NOT IN and for the value.
    private static bool IsKeyMembership(SubLink link, QueryAnalysis query, bool isCondition, Locus rows, Scope scope)
    {
        if (link.SubLinkType != SubLinkType.AnySublink || link.OperName.Count > 1
            || (link.OperName.Count == 1 && link.OperName[0].String.Sval != "=")
            || !rows.IsUnion || !query.Locus.IsUnion || query.Outputs is not { } outputs)
            return false;
        var tested = link.Testexpr.NodeCase == Node.NodeOneofCase.RowExpr ? [.. link.Testexpr.RowExpr.Args] : new List<Node> { link.Testexpr };
        for (var i = 0; i < tested.Count && i < outputs.Count; i++)
        {
            if (tested[i].NodeCase == Node.NodeOneofCase.ColumnRef
                && scope.Resolve(tested[i].ColumnRef) is { Kind: ReferenceKind.Column, Column: { } column }
                && rows.Keys.Contains(column)
                && outputs[i].Source is { } source && query.Locus.Keys.Contains(source) && PgTypes.HashAlike(source.Type, column.Type)
                && (isCondition || (column.IsNotNull && source.IsNotNull)))
                return true;
        }

        return false;
    }
}
