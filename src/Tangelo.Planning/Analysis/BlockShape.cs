using Google.Protobuf.Collections;
using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>What a SELECT does after FROM and WHERE, and whether each step needs rows of one shard only.</summary>
internal sealed class BlockShape(FunctionRules functions)
{
    internal BlockAnalysis Describe(SelectStmt select, Scope scope, Locus from, IReadOnlyList<OutputColumn>? outputs)
    {
        var calls = Syntax.OfLevel<FuncCall>(Syntax.Expressions(select).Concat(select.ValuesLists));
        var aggregates = calls.Where(functions.IsAggregate).ToList();
        if (scope.Outer is not null && aggregates.Exists(a => IsOfOuterQuery(a, scope)))
            from = Locus.Impossible("an aggregate over an outer query's rows is not distributed");
        var windows = calls.Where(c => c.Over is not null).ToList();
        var grouped = select.GroupClause.Count > 0 || select.HavingClause is not null || aggregates.Count > 0;
        var groupsAreLocal = !grouped || select.GroupClause.Any(g => IsKey(GroupColumn(g, scope, outputs), from));
        var windowsAreLocal = windows.TrueForAll(w => Partition(w.Over, select).Any(p => IsKey(ColumnOf(p, scope), from)));
        var distinctIsLocal = select.DistinctClause.Count == 0 || DistinctColumns(select, scope, outputs).Any(c => IsKey(c, from));
        var volatileCall = calls.FirstOrDefault(functions.IsVolatile);

        var why = from.IsSharded
            ? !groupsAreLocal ? "a subquery that groups by other columns than the distribution column is not distributed"
                : !windowsAreLocal ? "a window function that is not partitioned by the distribution column is not distributed"
                : !distinctIsLocal ? "DISTINCT without the distribution column is not distributed"
                : select.LimitCount is not null || select.LimitOffset is not null ? "LIMIT in a subquery is not distributed"
                : select.SortClause.Count > 0 ? "ORDER BY in a subquery is not distributed"
                : null
            : WhyUnstable(select, aggregates, windows.Count > 0, volatileCall);
        return new BlockAnalysis(why is null ? from : from.NotUnion(why), outputs, select, scope)
        {
            From = from,
            IsGrouped = grouped,
            GroupsAreLocal = groupsAreLocal,
            HasWindows = windows.Count > 0,
            WindowsAreLocal = windowsAreLocal,
            DistinctIsLocal = distinctIsLocal,
        };
    }

    /// <summary>
    /// Whether an aggregate in a subquery is computed over the rows of a query around it, as the SQL standard has it when its arguments
    /// name no column of the subquery itself: it makes the outer query a grouped one.
    /// </summary>
    private static bool IsOfOuterQuery(FuncCall aggregate, Scope scope)
    {
        Node[] parts = [.. aggregate.Args, .. aggregate.AggOrder, .. aggregate.AggFilter is { } filter ? [filter] : Array.Empty<Node>()];
        var columns = Syntax.OfLevel<ColumnRef>(parts);
        var namesOwn = columns.Exists(c => scope.Resolve(c) switch
        {
            { Kind: ReferenceKind.Unknown } => scope.Items.Any(i => i.Columns is null),
            var reference => !reference.IsOuter,
        });
        return !namesOwn && (columns.Count > 0 || Syntax.OfLevel<SubLink>(parts).Count > 0);
    }

    // Two nodes must give the same rows.
    private string? WhyUnstable(SelectStmt select, List<FuncCall> aggregates, bool windows, FuncCall? volatileCall)
    {
        if (volatileCall is not null)
            return $"function {Syntax.FunctionName(volatileCall)} may differ from node to node";
        if (select.LimitCount is not null || select.LimitOffset is not null || windows
            || (select.DistinctClause.Count > 0 && !Syntax.IsPlainDistinct(select))
            || !aggregates.TrueForAll(functions.IsOrderInsensitive))
            return "a subquery whose result depends on the order of rows is not distributed";
        return null;
    }

    private static bool IsKey(EntryColumn? column, Locus from) => column is not null && from.Keys.Contains(column);

    private static EntryColumn? ColumnOf(Node node, Scope scope) =>
        node.NodeCase == Node.NodeOneofCase.ColumnRef && scope.Resolve(node.ColumnRef) is { Kind: ReferenceKind.Column, IsOuter: false } reference
            ? reference.Column
            : null;

    // GROUP BY: an input column goes before an output name.
    private static EntryColumn? GroupColumn(Node item, Scope scope, IReadOnlyList<OutputColumn>? outputs)
    {
        if (Syntax.IsOrdinal(item, out var ordinal))
            return outputs is not null && ordinal >= 1 && ordinal <= outputs.Count ? outputs[ordinal - 1].Source : null;
        if (ColumnOf(item, scope) is { } column)
            return column;
        return Syntax.IsBareName(item, out var name) ? outputs?.FirstOrDefault(o => o.Name == name)?.Source : null;
    }

    // DISTINCT ON: an output name goes before an input column.
    private static IEnumerable<EntryColumn?> DistinctColumns(SelectStmt select, Scope scope, IReadOnlyList<OutputColumn>? outputs)
    {
        if (Syntax.IsPlainDistinct(select))
            return outputs?.Select(o => o.Source) ?? [];
        return select.DistinctClause.Select(item =>
            Syntax.IsOrdinal(item, out _) ? GroupColumn(item, scope, outputs)
            : Syntax.IsBareName(item, out var name) && outputs?.FirstOrDefault(o => o.Name == name) is { } output ? output.Source
            : ColumnOf(item, scope));
    }

    /// <summary>The PARTITION BY of a window, also when it stands in a named window.</summary>
    private static RepeatedField<Node> Partition(WindowDef window, SelectStmt select)
    {
        for (var depth = 0; depth < 16; depth++)
        {
            if (window.PartitionClause.Count > 0)
                return window.PartitionClause;
            var name = window.Refname.Length > 0 ? window.Refname : window.Name;
            var definition = select.WindowClause.Select(w => w.WindowDef).FirstOrDefault(w => w.Name == name && !ReferenceEquals(w, window));
            if (name.Length == 0 || definition is null)
                break;
            window = definition;
        }

        return [];
    }
}
