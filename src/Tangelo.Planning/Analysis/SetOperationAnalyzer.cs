using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>UNION, INTERSECT and EXCEPT.</summary>
internal sealed class SetOperationAnalyzer(QueryAnalyzer analyzer)
{
    private const string WithoutKey = "a set operation without the distribution column is not distributed";

    internal BlockAnalysis Analyze(SelectStmt select, Scope? outer, CommonTables tables)
    {
        var left = analyzer.AnalyzeSelect(select.Larg, outer, tables);
        var right = analyzer.AnalyzeSelect(select.Rarg, outer, tables);
        var outputs = Outputs(left, right);
        var from = Join(select, left, right, outputs, out var needsDistinct);
        var cut = select.LimitCount is not null || select.LimitOffset is not null;
        var locus = from.IsSharded
            ? cut ? from.NotUnion("LIMIT in a subquery is not distributed")
                : select.SortClause.Count > 0 ? from.NotUnion("ORDER BY in a subquery is not distributed")
                : needsDistinct ? from.NotUnion(WithoutKey)
                : from
            : cut ? from.NotUnion("a subquery whose result depends on the order of rows is not distributed") : from;
        return new BlockAnalysis(locus, outputs, select, new Scope(outer, []))
        {
            From = from,
            IsGrouped = false,
            GroupsAreLocal = true,
            HasWindows = false,
            WindowsAreLocal = true,
            DistinctIsLocal = !needsDistinct,
            UnionNeedsDistinct = needsDistinct,
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

    private static Locus Join(SelectStmt select, BlockAnalysis left, BlockAnalysis right, List<OutputColumn>? outputs, out bool needsDistinct)
    {
        // Duplicates of a UNION below do not matter to one that drops them.
        var dropsDuplicates = select is { Op: SetOperation.SetopUnion, All: false };
        var (l, r) = (Rows(left, dropsDuplicates), Rows(right, dropsDuplicates));
        needsDistinct = false;
        if (l.IsImpossible || r.IsImpossible)
            return l.IsImpossible ? l : r;
        var reference = l.Reference ?? r.Reference;
        if (!l.IsSharded && !r.IsSharded)
            return (l.IsUnion ? r : l) with { Reference = reference };
        if (!l.IsSharded || !r.IsSharded)
            return ((l.IsSharded ? l : r) with { Reference = reference }).NotUnion("a set operation of distributed and other rows is not distributed");
        if (!Locus.Colocated(l.Anchor!, r.Anchor!))
            return Locus.Impossible($"{l.Anchor!.Name} and {r.Anchor!.Name} are not co-located");

        var result = l with { Pins = l.Pins.Intersect(r.Pins), Reference = reference, Restriction = null, BoundedColumns = [], Intervals = [] };
        if (!l.IsUnion || !r.IsUnion)
            return result.NotUnion(l.Why ?? r.Why!);
        var keys = outputs?.Where((o, i) => IsKey(left, i) && IsKey(right, i) && o.Type.Value != 0).Select(o => o.Source!).ToList() ?? [];
        needsDistinct = dropsDuplicates && keys.Count == 0;
        if (keys.Count == 0 && select.Op != SetOperation.SetopUnion)
            return result.NotUnion(WithoutKey);
        return result with { Keys = [.. keys], NullableKeys = [] };
    }

    private static Locus Rows(BlockAnalysis arm, bool dropsDuplicates) =>
        dropsDuplicates && arm.UnionNeedsDistinct && arm.Select is { LimitCount: null, LimitOffset: null, SortClause.Count: 0 } ? arm.From : arm.Locus;

    private static bool IsKey(BlockAnalysis arm, int index) =>
        arm.Outputs![index].Source is { } source && arm.Locus.Keys.Contains(source);
}
