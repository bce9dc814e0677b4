using System.Text;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Recursive;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.ReadFirst;

/// <summary>
/// A statement over the loopback whose parts must not see what it changes itself: the tables in question are read first, and where two parts change
/// the same table, so are the places of its rows. A row that one part has changed is then no longer where the other one looks for it.
/// </summary>
internal sealed class ReadFirstPlanner
{
    private readonly PlanContext _context;
    private readonly Node _tree;
    private readonly WritingParts _parts;
    private readonly List<Subplan> _subplans = [];
    private readonly List<DistributedTable> _locked = [];

    private ReadFirstPlanner(PlanContext context)
    {
        _context = context;
        _tree = context.Tree.Clone();
        _parts = WritingParts.Of(context, _tree);
        TreeWalker.Visit(_tree, message =>
        {
            // schema.table.column: results have no schema.
            if (message is ColumnRef { Fields.Count: 3 } column)
                column.Fields.RemoveAt(0);
            return true;
        });
        TreeWalker.Visit(_tree, message =>
        {
            if (message is UpdateStmt update)
                ShareSources(update.TargetList);
            else if (message is OnConflictClause clause)
                ShareSources(clause.TargetList);
            return true;
        });
    }

    /// <summary>True when the statement needs it: the loopback alone would show parts of it what others have changed.</summary>
    internal static bool Concerns(PlanContext context) =>
        context.Tree.ExplainStmt is null && WritingParts.Of(context, context.Tree).SeeEachOther(context.Tree);

    /// <summary>True when a function may read, before the statement ends, what a WITH query or the statement around it changes.</summary>
    internal static bool CallsReader(PlanContext context) =>
        context.Tree.ExplainStmt is null && NestedWrites.Any(context.Tree)
        && StableCalls.Read(context, [.. WritingParts.Of(context, context.Tree).All.Where(p => p.ChangesAtOnce).Select(p => p.Table).Distinct()]);

    /// <summary>The plan, or null when something stands in the way.</summary>
    internal static Plan? Plan(PlanContext context, Rejection rejection) =>
        LoopbackTexts.MayHoldNames(context.Request.Statement.Sql) ? null : new ReadFirstPlanner(context).Plan(rejection);

    private RecursivePlan? Plan(Rejection rejection)
    {
        if (!IsUnderstood() || _parts.All.Exists(_parts.PoliciesReadOthers) || !TakeReads() || !_parts.All.TrueForAll(TryKeepToPlaces))
            return null;
        foreach (var reference in RelationReferences.Collect(_tree))
            reference.Range.Inh |= _context.TableOf(reference.Range) is not null;
        if (rejection.Moves is { } moves && !_locked.Contains(moves))
            _locked.Add(moves);
        return LoopbackTexts.Of(_tree) is { } query
            ? new RecursivePlan([.. _subplans], new LoopbackWritePlan(query, LoopbackTexts.KindOf(_tree), [.. _locked], rejection.Reason)
            {
                NeedsTables = NeedsTables(),
                MakesTable = AroundQuery.MakesTable(_tree),
            })
            : null;
    }

    private bool IsUnderstood() =>
        _context.Facts is { Locks: false, Samples: false }
        && (_tree is { SelectStmt: not null } or { InsertStmt: not null } or { UpdateStmt: not null } or { DeleteStmt: not null } || AroundQuery.Is(_tree));

    // SET (a, b) = (SELECT ...) has the query once for each column: what is changed in it has to be changed for all.
    private static void ShareSources(IEnumerable<Node> targets)
    {
        Node? source = null;
        foreach (var several in targets.Select(t => t.ResTarget.Val?.MultiAssignRef).OfType<MultiAssignRef>())
            several.Source = source = several.Colno == 1 ? several.Source : source ?? several.Source;
    }

    // The clause of a conflict is run once more by itself, for each row.
    private bool NeedsTables() => TreeWalker.Any(_tree, m => m is OnConflictClause clause && TreeWalker.Any(clause, c => c is SubLink));

    private bool TakeReads()
    {
        var reads = RelationReferences.Collect(_tree)
            .DistinctBy(r => r.Range, ReferenceEqualityComparer.Instance)
            .Where(r => r.Place == RelationPlace.FromItem && (_parts.IsChanged(r) || _parts.All.Exists(p => p.Table.Relation == _context.TableOf(r.Range)?.Relation)))
            .ToList();
        var sources = reads.ConvertAll(r => EarlierRows.Of(_context, _tree, r.Range));
        for (var i = 0; i < reads.Count; i++)
        {
            if (sources[i] is not { } source || ResultOf(source.Select, source.Name, source.Columns) is not { } result)
                return false;
            source.Replace(reads[i].Range, result);
        }

        return true;
    }

    // UPDATE and DELETE of rows that another part may have changed: only those in their old places, WHERE (t.ctid) IN (SELECT c1 FROM result). An INSERT meets
    // rows by their keys; PostgreSQL refuses to have it change one that an UPDATE has changed.
    private bool TryKeepToPlaces(WritingPart part)
    {
        if (!_parts.HasRowsOfOthers(part))
            return true;
        if (part.Statement is InsertStmt insert)
            return insert.OnConflictClause is not { Action: OnConflictAction.OnconflictUpdate } || !_parts.All.Exists(o => o.Statement is UpdateStmt && _parts.Share(o, part));
        var name = part.Target.NameInQuery();
        var places = RowPlaces.ColumnsOf(part.Table);
        var select = Trees.Select();
        select.TargetList.Add(places.Select(p => Trees.Target(Trees.Column(name, p))));
        select.FromClause.Add(new Node { RangeVar = part.Target.Clone() });
        if (ResultOf(select, name, places.Select((_, i) => new IntermediateColumn(Trees.ColumnName(i)))) is not { } result)
            return false;
        var condition = RowPlaces.Among(name, places, Results.Read(result, new Alias { Aliasname = "tangelo_places" }));
        if (part.Statement is UpdateStmt update)
            update.WhereClause = ConditionList.And(update.WhereClause, condition);
        else if (part.Statement is DeleteStmt delete)
            delete.WhereClause = ConditionList.And(delete.WhereClause, condition);
        if (!_locked.Contains(part.Table))
            _locked.Add(part.Table);
        return true;
    }

    // The name of the result of a query that is run first. Two expressions that are the same stay so, of DISTINCT ON and the list of columns, say: the same query is run once.
    private string? ResultOf(SelectStmt select, string label, IEnumerable<IntermediateColumn> columns)
    {
        if (!Deparser.TryDeparseFaithfully(new Node { SelectStmt = select }, out var sql))
            return null;
        if (_subplans.Find(s => s.DescribeSql == sql) is { } known)
            return Subplan.NameOf(known.Id);
        Plan? plan = _context.PlanPart(new Node { SelectStmt = select }) switch
        {
            ShardPlan shards => shards,
            CombinePlan combine => combine,
            CoordinatorPlan coordinator => coordinator,
            RecursivePlan => new CoordinatorPlan(Encoding.UTF8.GetBytes(sql), CoordinatorReason.Loopback),
            _ => null,
        };
        if (plan is null)
            return null;
        var subplan = new Subplan(_subplans.Count + 1, plan, sql, [.. columns]) { Label = label, EstimatedRows = 1000 };
        _subplans.Add(subplan);
        return Subplan.NameOf(subplan.Id);
    }
}
