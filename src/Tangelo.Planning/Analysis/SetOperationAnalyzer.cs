using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>UNION, INTERSECT and EXCEPT.</summary>
internal sealed class SetOperationAnalyzer(QueryAnalyzer analyzer)
{
    internal BlockAnalysis Analyze(SelectStmt select, Scope? outer, CommonTables tables)
    {
        var left = analyzer.AnalyzeSelect(select.Larg, outer, tables);
        var right = analyzer.AnalyzeSelect(select.Rarg, outer, tables);
        var outputs = Outputs(left, right);
        var from = Join(select, left, right, outputs);
        var cut = select.LimitCount is not null || select.LimitOffset is not null;
        var locus = from.IsSharded
            ? cut ? from.NotUnion("LIMIT in a subquery is not distributed")
                : select.SortClause.Count > 0 ? from.NotUnion("ORDER BY in a subquery is not distributed")
                : from
            : cut ? from.NotUnion("a subquery whose result depends on the order of rows is not distributed") : from;
        return new BlockAnalysis(locus, outputs, select, new Scope(outer, []))
        {
            From = from,
            IsGrouped = false,
            GroupsAreLocal = true,
            HasWindows = false,
            WindowsAreLocal = true,
            DistinctIsLocal = true,
        };
    }

    private static List<OutputColumn>? Outputs(BlockAnalysis left, BlockAnalysis right)
    {
        if (left.Outputs is not { } first || right.Outputs is not { } second || first.Count != second.Count)
            return null;
        return first.Zip(second, (l, r) =>
        {
            var type = l.Type == r.Type ? l.Type : PgTypes.Unknown;
            return new OutputColumn(l.Name, new EntryColumn(l.Name, type, l.Collation ?? r.Collation), type, l.Collation ?? r.Collation, null);
        }).ToList();
    }

    private static Locus Join(SelectStmt select, BlockAnalysis left, BlockAnalysis right, List<OutputColumn>? outputs)
    {
        var (l, r) = (left.Locus, right.Locus);
        if (l.IsImpossible || r.IsImpossible)
            return l.IsImpossible ? l : r;
        var reference = l.Reference ?? r.Reference;
        if (!l.IsSharded && !r.IsSharded)
            return (l.IsUnion ? r : l) with { Reference = reference };
        if (!l.IsSharded || !r.IsSharded)
            return ((l.IsSharded ? l : r) with { Reference = reference }).NotUnion("a set operation of distributed and other rows is not distributed");
        if (!Locus.Colocated(l.Anchor!, r.Anchor!))
            return Locus.Impossible($"{l.Anchor!.Name} and {r.Anchor!.Name} are not co-located");

        var result = l with { Pins = l.Pins.Intersect(r.Pins), Reference = reference, Restriction = null };
        if (!l.IsUnion || !r.IsUnion)
            return result.NotUnion(l.Why ?? r.Why!);
        var keys = outputs?.Where((o, i) => IsKey(left, i) && IsKey(right, i) && o.Type.Value != 0).Select(o => o.Source!).ToList() ?? [];
        if (keys.Count == 0 && !(select.Op == SetOperation.SetopUnion && select.All))
            return result.NotUnion("a set operation without the distribution column is not distributed");
        return result with { Keys = [.. keys], NullableKeys = [] };
    }

    private static bool IsKey(BlockAnalysis arm, int index) =>
        arm.Outputs![index].Source is { } source && arm.Locus.Keys.Contains(source);
}
