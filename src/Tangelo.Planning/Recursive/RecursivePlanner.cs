using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Tangelo.Planning.PushDown;
using Tangelo.Planning.Router;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// A statement that cannot run on the shards as it is: some of its tables or subqueries are read first and become intermediate results, which count
/// as reference tables when the rest is planned again. Several ways are weighed by the rows that they move; the cheapest that can be planned is taken.
/// The table that an UPDATE or DELETE changes stays on its shards.
/// </summary>
internal sealed class RecursivePlanner
{
    private const int MostUnits = 6;
    private const int MostAttempts = 30;

    private readonly PlanContext _context;
    private readonly TableSizes _sizes;
    private readonly ImmutableArray<GroupId> _placements;
    private readonly List<Subplan> _common = [];
    private readonly WriteAsSelect? _write;
    private PlanRequest _request;

    private RecursivePlanner(PlanContext context, WriteAsSelect? write)
    {
        _context = context;
        _write = write;
        _request = context.Request;
        _sizes = new TableSizes(context.Request);
        _placements = Results.PlacementsFor(context.Request);
    }

    internal static PlanResult Plan(PlanContext context, SelectStmt select, Rejection rejection) =>
        select.IntoClause is null ? Plan(context, select, null, rejection) : rejection;

    /// <summary>The same for an UPDATE or DELETE.</summary>
    internal static PlanResult PlanWrite(PlanContext context, Rejection rejection) =>
        WriteAsSelect.Of(context.Tree) is { } write ? Plan(context, write.Select, write, rejection) : rejection;

    private static PlanResult Plan(PlanContext context, SelectStmt select, WriteAsSelect? write, Rejection rejection)
    {
        context = LocalRelations.MadeKnown(context);
        if (!IsUnderstood(context))
            return rejection;
        if (context.Request is { AsksForStatistics: true, Statistics: null })
            throw new StatisticsNeededException();
        return new RecursivePlanner(context, write).Plan(select) is { } plan ? plan : rejection;
    }

    private static bool IsUnderstood(PlanContext context) =>
        context.Facts is { WhyCoordinator: null, Unsteady: null, Locks: false }
        && !NestedWrites.Any(context.Tree) && !TreeWalker.Any(context.Tree, m => m is SelectStmt part && MatchesSubqueries(part));

    // PostgreSQL finds the expressions of DISTINCT ON and GROUP BY again in other clauses. Subqueries in them read different results, and would be equal no more.
    private static bool MatchesSubqueries(SelectStmt select) =>
        select.GroupClause.Concat(select.DistinctClause).Concat(select.DistinctClause.Count > 0 ? select.SortClause : [])
            .Any(n => TreeWalker.Any(n, m => m is SubLink));

    private RecursivePlan? Plan(SelectStmt select)
    {
        var statement = WithShortNames(select);
        if (!CommonTableSteps.TryApply(_context, statement, RunFirst))
            return null;
        var context = Context(_request, statement);
        if (context is null || StatementModel.Of(context, statement) is not { } model)
            return null;
        if (_common.Count > 0 && Finish(_request, statement) is { } rest)
            return new RecursivePlan([.. _common], rest);
        foreach (var candidate in Candidates(context, statement, model).OrderBy(c => c.Cost).Take(MostAttempts))
        {
            if (Build(context, candidate) is { } plan)
                return plan;
        }

        return null;
    }

    private IEnumerable<Candidate> Candidates(PlanContext context, SelectStmt statement, StatementModel model)
    {
        var changed = _write is null ? null : model.Uses.Find(u => ReferenceEquals(u.Range, statement.FromClause[0].RangeVar));
        var keys = new SplitKeys(model);
        foreach (var units in ChoicesOfUnits(model))
        {
            var free = model.Uses.Where(u => !u.Table.IsReference && !LocalRelations.Is(u.Table) && !units.Exists(c => u.Block.IsWithin(c.Block))).ToList();
            var numbers = units.Select(u => u.Index).ToList();
            foreach (var kept in ChoicesOfTables(free))
            {
                if (changed is not null && !kept.Contains(changed.Index))
                    continue;
                if (Candidate.Of(context, statement, numbers, kept, null, _sizes) is { } candidate)
                    yield return candidate;
                foreach (var splits in ChoicesOfSplits(model, keys, kept))
                {
                    if (Candidate.Of(context, statement, numbers, kept, splits, _sizes) is { } parted)
                        yield return parted;
                    if (kept.Count > 0 && Candidate.Of(context, statement, numbers, kept, splits, _sizes, splitsFew: true) is { } all)
                        yield return all;
                }
            }
        }
    }

    // None, all that stand in no other one, and each of those by itself.
    private static IEnumerable<List<SubqueryUnit>> ChoicesOfUnits(StatementModel model)
    {
        yield return [];
        var outermost = model.Units.Where(u => !model.Units.Exists(o => o != u && u.Block.IsWithin(o.Block))).ToList();
        if (outermost.Count > 0)
            yield return outermost;
        if (outermost.Count is > 1 and <= MostUnits)
        {
            foreach (var unit in outermost)
                yield return [unit];
        }
    }

    // Nothing stays; or some of the tables of one co-location group.
    private static IEnumerable<IReadOnlyCollection<int>> ChoicesOfTables(List<TableUse> uses)
    {
        yield return [];
        var groups = new List<List<TableUse>>();
        foreach (var use in uses)
        {
            if (groups.Find(g => Locus.Colocated(g[0].Table, use.Table)) is { } group)
                group.Add(use);
            else
                groups.Add([use]);
        }

        foreach (var group in groups)
        {
            if (group.Count > 4)
            {
                yield return [.. group.Select(u => u.Index)];
                foreach (var use in group)
                    yield return [use.Index];
                continue;
            }

            for (var choice = 1; choice < 1 << group.Count; choice++)
                yield return [.. group.Where((_, i) => (choice & (1 << i)) != 0).Select(u => u.Index)];
        }
    }

    // To the shards of the tables that stay, or all by a column that they have in common. A reference table comes along where each of its rows
    // must be met once: on the preserved side of an outer join.
    private static IEnumerable<Dictionary<int, string>> ChoicesOfSplits(StatementModel model, SplitKeys keys, IReadOnlyCollection<int> kept)
    {
        foreach (var all in kept.Count == 0 ? keys.Common() : [keys.Beside(kept)])
        {
            var distributed = all.Where(s => !model.Uses[s.Key].Table.IsReference).ToDictionary();
            if (distributed.Count > 0)
                yield return distributed;
            if (distributed.Count < all.Count)
                yield return all;
        }
    }

    private RecursivePlan? Build(PlanContext context, Candidate candidate)
    {
        var request = _request;
        var subplans = _common.ToList();
        foreach (var unit in candidate.Units)
        {
            if (PlanUnit(context, unit, request, (long)candidate.UnitRows(unit, _sizes)) is not var (subplan, columns))
                return null;
            request = Results.With(request, subplan.Id, columns.Select((c, i) => (Trees.ColumnName(i), c.Type)), _placements);
            unit.Replace(Subplan.NameOf(subplan.Id), [.. columns.Select(c => c.Name)]);
            subplans.Add(subplan);
        }

        var uses = new ColumnUses(candidate.Model);
        var names = new Dictionary<TableUse, string>();
        foreach (var moved in candidate.Moved)
        {
            var columns = uses.Of(moved.Use);
            var id = Results.Next(request);
            if (TableSource.Plan(request, moved, columns, names) is not { } source)
                return null;
            var split = moved.SplitBy is null ? null : Split(id, columns, moved.SplitBy, candidate);
            if (split is null != moved.SplitBy is null)
                return null;
            subplans.Add(TableSource.Subplan(id, source, moved, columns, split));
            request = split is null ? Results.With(request, id, TableSource.Columns(columns), _placements) : Results.With(request, split);
            names[moved.Use] = Subplan.NameOf(id);
        }

        foreach (var (use, name) in names)
        {
            use.Range.Alias ??= new Alias { Aliasname = use.Range.Relname };
            use.Range.Schemaname = "";
            use.Range.Catalogname = "";
            use.Range.Relname = name;
            use.Range.Inh = true;
            use.Sample?.Replace(new Node { RangeVar = use.Range });
        }

        return Finish(request, candidate.Select) is { } main ? new RecursivePlan([.. subplans], main) : null;
    }

    private static ResultSplit? Split(int id, IReadOnlyList<TableColumn> columns, string key, Candidate candidate)
    {
        if (candidate.Kept is [var kept, ..])
            return Results.Split(id, columns, key, kept.Table, isReal: true);
        return Scratch.For(candidate.Moved.Where(m => m.SplitBy is not null).Select(m => m.Use.Table)) is { } scratch
            ? Results.Split(id, columns, key, scratch, isReal: false)
            : null;
    }

    private (Subplan Subplan, IReadOnlyList<OutputColumn> Columns)? PlanUnit(PlanContext context, SubqueryUnit unit, PlanRequest request, long rows)
    {
        var query = unit.Query.Clone();
        if (unit.Kind == UnitKind.Exists && query.LimitCount is null && query.LimitOffset is null)
        {
            query.LimitCount = Trees.Integer(1);
            query.LimitOption = LimitOption.Count;
        }

        return PlanQuery(context, query, unit.Label, request, rows);
    }

    private (string Name, IReadOnlyList<string> Columns)? RunFirst(SelectStmt query, string label)
    {
        if (Context(_request, query) is not { } context || PlanQuery(context, query, label, _request, 1000) is not var (subplan, columns))
            return null;
        _request = Results.With(_request, subplan.Id, columns.Select((c, i) => (Trees.ColumnName(i), c.Type)), _placements);
        _common.Add(subplan);
        return (Subplan.NameOf(subplan.Id), [.. columns.Select(c => c.Name)]);
    }

    // A query of its own, which may be taken apart in turn. The coordinator's own way over the loopback is left to the whole statement.
    private static (Subplan Subplan, IReadOnlyList<OutputColumn> Columns)? PlanQuery(
        PlanContext context, SelectStmt query, string label, PlanRequest request, long rows)
    {
        var outputs = context.Analyzer.AnalyzeNested(new Node { SelectStmt = query }, null, CommonTables.None).Outputs;
        if (outputs is null || outputs.Any(o => o.Collation is not null) || !Deparser.TryDeparseFaithfully(new Node { SelectStmt = query }, out var sql))
            return null;
        var plan = DistributedPlanner.PlanPart(request with { Statement = SqlParser.ParseOne(sql), ResultColumns = [] });
        plan = Results.OnCoordinator(plan) switch
        {
            CombinePlan combine when LocalRelations.Is(combine.Inner.Shards.Anchor) => null,
            CombinePlan or ShardPlan => Marked(plan),
            ResultsPlan when !outputs.All(o => LocalRelations.IsSteady(o.Type)) => null,
            var other => other,
        };
        if (plan is not (ShardPlan or CombinePlan or RecursivePlan or ResultsPlan))
            return null;
        var columns = outputs.Select((_, i) => new IntermediateColumn(Trees.ColumnName(i))).ToImmutableArray();
        return (new Subplan(Results.Next(request), plan, sql, columns) { Label = label, EstimatedRows = rows }, outputs);
    }

    // The rest of the statement, over the results.
    private Plan? Finish(PlanRequest request, SelectStmt select)
    {
        if (_write is not null)
            return Context(request, _write.Restore(select)) is { } changing && ModifyPlanner.PlanOnShards(changing).Plan is { } changes ? Marked(changes) : null;
        if (Context(request, select) is not { } context)
            return null;
        var all = RelationReferences.Collect(context.Tree).Select(context.Texts.TableOf).OfType<DistributedTable>().ToList();
        var tables = all.FindAll(t => !LocalRelations.Is(t));
        var real = tables.Find(t => !Results.IsResult(t));
        var isSplit = tables.Exists(t => !t.IsReference);
        if (tables.Count < all.Count && (real is not null || isSplit))
            return null;
        if (real is null && !isSplit)
            return context.Texts.TryOfStatement(out var query) ? new ResultsPlan(Results.Mark(query)) : null;
        var plan = SelectPlanner.Plan(context, context.Tree.SelectStmt).Plan;
        if (plan is ShardPlan { Shards: ReferenceShard { Anchor: var anchor } } shard && Results.IsResult(anchor))
            plan = real is null ? null : shard with { Shards = new ReferenceShard(real) };
        return plan is null ? null : Marked(plan);
    }

    private static Plan Marked(Plan plan) => plan switch
    {
        ShardPlan shards => shards with { Query = Results.Mark(shards.Query) },
        CombinePlan combine => combine with { Inner = combine.Inner with { Query = Results.Mark(combine.Inner.Query) } },
        _ => plan,
    };

    private static PlanContext? Context(PlanRequest request, SelectStmt select) => Context(request, new Node { SelectStmt = select });

    private static PlanContext? Context(PlanRequest request, Node statement) =>
        Deparser.TryDeparseFaithfully(statement, out var sql) ? new PlanContext(request with { Statement = SqlParser.ParseOne(sql) }) : null;

    // schema.table.column: results have no schema.
    private static SelectStmt WithShortNames(SelectStmt select)
    {
        var copy = select.Clone();
        TreeWalker.Visit(new Node { SelectStmt = copy }, message =>
        {
            if (message is ColumnRef { Fields.Count: 3 } column)
                column.Fields.RemoveAt(0);
            return true;
        });
        return copy;
    }
}
