using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// One way to take a statement apart: which tables' rows and which subqueries become intermediate results first. The rest stays on the
/// shards, or runs in one place when nothing stays. Works on a tree of its own.
/// </summary>
internal sealed class Candidate
{
    private const double PerSplitRow = 2.2;
    private const double ManyRows = 50_000;

    private readonly Dictionary<TableUse, double> _rows = [];
    private readonly Dictionary<TableUse, double> _shares = [];

    private Candidate(SelectStmt select, StatementModel model, List<SubqueryUnit> units, List<TableUse> kept)
    {
        Select = select;
        Model = model;
        Units = units;
        Kept = kept;
    }

    internal SelectStmt Select { get; }

    internal StatementModel Model { get; }

    /// <summary>Subqueries that are run by themselves.</summary>
    internal List<SubqueryUnit> Units { get; }

    /// <summary>Uses of distributed tables that stay as they are.</summary>
    internal List<TableUse> Kept { get; }

    /// <summary>The tables whose rows come up, in order, with the terms that are taken to them and the earlier ones that filter them.</summary>
    internal List<MovedTable> Moved { get; } = [];

    /// <summary>How many rows are moved, weighted; for choosing.</summary>
    internal double Cost { get; private set; }

    /// <summary>The way in which the units and uses of these numbers are run first and kept; null when a table cannot be moved.</summary>
    /// <param name="context">Of the statement.</param>
    /// <param name="statement">Its tree.</param>
    /// <param name="units">Subqueries that run by themselves.</param>
    /// <param name="kept">Tables that stay.</param>
    /// <param name="splits">Columns by which other tables may be dealt out; null: none. Reference tables among them come up, too.</param>
    /// <param name="sizes">What to choose by.</param>
    /// <param name="splitsFew">Deals out also rows that are so few that it costs more: an outer join may need it.</param>
    internal static Candidate? Of(
        PlanContext context,
        SelectStmt statement,
        IReadOnlyCollection<int> units,
        IReadOnlyCollection<int> kept,
        IReadOnlyDictionary<int, string>? splits,
        TableSizes sizes,
        bool splitsFew = false)
    {
        var select = statement.Clone();
        if (StatementModel.Of(context, select) is not { } model)
            return null;
        var chosen = model.Units.Where(u => units.Contains(u.Index)).ToList();
        var free = model.Uses.Where(u => (!u.Table.IsReference || u.Sample is not null || splits?.ContainsKey(u.Index) == true) && !chosen.Exists(c => u.Block.IsWithin(c.Block))).ToList();
        var candidate = new Candidate(select, model, chosen, [.. free.Where(u => kept.Contains(u.Index))]);
        var moved = free.Where(u => !kept.Contains(u.Index)).ToList();

        // Where all comes together on the coordinator, its own relations are at hand.
        if (kept.Count == 0 && splits is null && !model.Uses.Exists(u => u.Table.IsReference))
            moved.RemoveAll(u => LocalRelations.Is(u.Table));
        if (moved.Exists(u => u.WhyFixed is not null) || model.Blocks.Exists(b => GroupedColumns.NeedKey(context, b, moved)))
            return null;
        candidate.Move(context, moved, splits, splitsFew, sizes);
        candidate.Weigh(sizes);
        var parted = candidate.Moved.Count(m => m.SplitBy is not null);
        return splits is not null && parted < (kept.Count > 0 ? 1 : 2) ? null : candidate;
    }

    private void Move(PlanContext context, List<TableUse> uses, IReadOnlyDictionary<int, string>? splits, bool splitsFew, TableSizes sizes)
    {
        var terms = new Dictionary<TableUse, List<Node>>();
        foreach (var use in uses)
        {
            terms[use] = TakeTerms(context, use);
            _shares[use] = terms[use].Aggregate(1.0, (s, t) => s * sizes.Selectivity(t, use));
            _rows[use] = sizes.RowsOf(use) * _shares[use];
        }

        var rest = uses.ToList();
        while (rest.Count > 0)
        {
            // The smallest goes first: it may filter those after it.
            var next = rest.MinBy(u => _rows[u] * (Filter(u) is { } by ? _shares[by.By] : 1))!;
            rest.Remove(next);
            var filter = Filter(next);
            if (filter is { } found)
            {
                Cost += _rows[found.By] * PerFilterRow(next);
                _rows[next] *= _shares[found.By];
                _shares[next] *= _shares[found.By];
            }

            Moved.Add(new MovedTable(next, terms[next], filter, _rows[next], SplitBy(next, splits, splitsFew)));
        }
    }

    // Few rows are better sent to all. A reference table has no other way to come here.
    private string? SplitBy(TableUse use, IReadOnlyDictionary<int, string>? splits, bool splitsFew) =>
        splits?.GetValueOrDefault(use.Index) is { } column
        && (splitsFew || use.Table.IsReference || Kept.Count == 0 || (PerRow * _rows[use]) > SplitCost(_rows[use])) ? column : null;

    // The best earlier result to filter a table by, if that is worth it.
    private (TableUse By, string ByColumn, string Column)? Filter(TableUse use)
    {
        (TableUse By, string ByColumn, string Column)? best = null;
        foreach (var (by, byColumn, column) in KeyFilters.Of(use, Model))
        {
            if (!Moved.Exists(m => m.Use == by && m.SplitBy is null))
                continue;

            // The filter goes to every node, and every shard reads it.
            var saved = _rows[use] * (1 - _shares[by]) * PerRow;
            if (saved < 2 * _rows[by] * PerFilterRow(use))
                continue;
            if (best is null || _shares[by] < _shares[best.Value.By])
                best = (by, byColumn, column);
        }

        return best;
    }

    // Terms about this table alone go along with it; the statement does without them.
    private static List<Node> TakeTerms(PlanContext context, TableUse use)
    {
        var taken = new List<Node>();
        foreach (var list in use.Conditions)
        {
            foreach (var term in list.Terms.ToList())
            {
                if (!IsAbout(context, term, use, list.Block))
                    continue;
                list.Remove(term);
                taken.Add(term);
            }
        }

        taken.AddRange(TermsAround(context, use));
        return taken;
    }

    // What a query around asks of the rows of a subquery holds for the table's rows already. The query asks again, so the terms stay.
    private static IEnumerable<Node> TermsAround(PlanContext context, TableUse use)
    {
        var lists = use.Conditions;
        for (var block = use.Block; block.PassedTo is var (outer, conditions) && lists.Contains(block.Where); block = outer)
        {
            foreach (var term in conditions.SelectMany(l => l.Terms))
            {
                if (IsSteady(context, term) && Syntax.OfLevel<ColumnRef>([term]) is { Count: > 0 } columns
                    && columns.TrueForAll(c => NameResolver.OriginOf(c, outer)?.Use == use))
                {
                    yield return TreeRewriter.Rewrite(term, node => node.NodeCase == Node.NodeOneofCase.ColumnRef
                        ? Trees.Column(use.Name, NameResolver.OriginOf(node.ColumnRef, outer)!.Value.Column)
                        : null);
                }
            }

            lists = conditions;
        }
    }

    private static bool IsAbout(PlanContext context, Node term, TableUse use, QueryBlock block)
    {
        if (!IsSteady(context, term))
            return false;
        var columns = Syntax.OfLevel<ColumnRef>([term]);
        return columns.Count > 0 && columns.TrueForAll(c => NameResolver.OwnerOf(c, block) == use);
    }

    private static bool IsSteady(PlanContext context, Node term) =>
        Syntax.OfLevel<SubLink>([term]).Count == 0 && !Syntax.OfLevel<FuncCall>([term]).Exists(c => context.Analyzer.Functions.IsUnsteady(c));

    private void Weigh(TableSizes sizes)
    {
        foreach (var table in Moved)
            Cost += table.SplitBy is null ? PerRow * table.Rows : SplitCost(table.Rows);

        // The coordinator joins by itself what the nodes could join together.
        if (Kept.Count == 0 && !Moved.Exists(m => m.SplitBy is not null))
            Cost += PerRow * Math.Max(0, Moved.Sum(m => m.Rows) - ManyRows);
        foreach (var unit in Units)
            Cost += PerRow * UnitRows(unit, sizes);
    }

    // What a row costs that is read and goes to one place, or to the nodes of the tables that stay, whose shards all read it.
    private double PerRow => Kept.Count == 0 ? 1.5 : 1 + PerFilterRow(Kept[0]);

    // Each row goes to one place, and each part is a message or a table of its own.
    private static double SplitCost(double rows) => 200 + (PerSplitRow * rows);

    private static double PerFilterRow(TableUse use) => 1 + (0.1 * use.Table.Shards.Length);

    internal double UnitRows(SubqueryUnit unit, TableSizes sizes) =>
        TableSizes.RowsOf(unit, Model.DistributedWithin(unit.Block).Select(sizes.RowsOf).DefaultIfEmpty(1).Max());
}

/// <summary>
/// A table whose rows come up: those that fulfil the terms and whose column is among the values of an earlier result's. They are dealt out by the hash
/// of <paramref name="SplitBy"/>, or go wherever they are needed.
/// </summary>
internal sealed record MovedTable(TableUse Use, IReadOnlyList<Node> Terms, (TableUse By, string ByColumn, string Column)? Filter, double Rows, string? SplitBy);
