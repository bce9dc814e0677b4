using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Calls;
using Tangelo.Planning.Copy;
using Tangelo.Planning.Cursors;
using Tangelo.Planning.Ddl;
using Tangelo.Planning.Explain;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Locking;
using Tangelo.Planning.Merge;
using Tangelo.Planning.Plans;
using Tangelo.Planning.PushDown;
using Tangelo.Planning.Recursive;
using Tangelo.Planning.Router;
using Tangelo.Planning.Values;
using Tangelo.Planning.Views;
using Node = PgQuery.Node;

namespace Tangelo.Planning;

/// <summary>
/// From a statement to a plan: a call of a distributed function, local, then one shard, then the same query on every shard, then the shards' rows combined, and last
/// the coordinator over the loopback, which is always right.
/// </summary>
public static class DistributedPlanner
{
    /// <summary>Plans one statement. Pure: the same request gives the same plan.</summary>
    /// <exception cref="PgException">
    /// The statement is refused: it would move a row to another shard, gives no distribution key, or is one that even the loopback would run wrongly.
    /// </exception>
    public static Plan Plan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            return PlanPart(request);
        }
        catch (ProbeNeededException probe)
        {
            return new CatalogProbePlan(probe.Sql);
        }
        catch (StatisticsNeededException)
        {
            return new StatisticsProbePlan();
        }
    }

    /// <summary>Plans a statement, or one that is part of another.</summary>
    /// <exception cref="ProbeNeededException">The catalog has to be asked first.</exception>
    internal static Plan PlanPart(PlanRequest request)
    {
        if (CallPlanner.Plan(request) is { } call)
            return call;
        ViewRows.RefuseRowsOfAnother(request);
        if (DdlPlanner.TryPlan(request, out var schemaChange))
            return schemaChange;

        var context = new PlanContext(TableOids.Replace(request));
        if (context.Tree.ExplainStmt is { } explain && CallSite.MayBeIn(request, context.Tree) && ExplainPlanner.Plan(context, explain).Plan is ExplainPlan { Inner: CallPlan } explained)
            return explained;
        if (!context.Facts.ReachesDistributed)
            return context.OnCoordinator(CoordinatorReason.Local);
        if (CurrentRows.Plan(context) is { } current)
            return current;
        if (TriggeredWrites.WhyOnCoordinator(context) is { } watched)
            return LoopbackPlanner.Plan(context, watched);

        // The coordinator reads views with the rights of their owners.
        var expanded = ViewExpansion.Expand(request);

        // A materialized view that was never filled: PostgreSQL says so when it reads the shell.
        if (expanded.Relations.Values.Any(r => request.Map.Find(r.Oid) is { IsPopulated: false }))
            return context.OnCoordinator(CoordinatorReason.Loopback);
        var inPlace = ReferenceEquals(expanded, request) ? context : new PlanContext(TableOids.Replace(expanded));
        if (!ReferenceEquals(inPlace, context) && TriggeredWrites.WhyOnCoordinator(inPlace) is { } behindView)
            return LoopbackPlanner.Plan(context, behindView);
        if (EmptyTables.Plan(inPlace) is { } ofNothing)
            return ofNothing;
        var result = DistributeWithValues(inPlace);
        return result.Plan ?? LoopbackPlanner.Plan(context, result.Rejection!, inPlace);
    }

    // What the coordinator computes once is taken out first. It does not matter to a statement that then runs on the coordinator as a whole.
    private static PlanResult DistributeWithValues(PlanContext context)
    {
        if (context.Tree is { UpdateStmt: not null } or { DeleteStmt: not null } && StableCalls.TakeOut(context, out var first) is { } rest
            && DistributeWithValues(new PlanContext(rest)).Plan is { } planned)
            return first(planned);
        if (context.Tree.NodeCase == Node.NodeOneofCase.MergeStmt)
            return MergePlanner.Plan(context, context.Tree.MergeStmt);
        if (context.Tree.NodeCase == Node.NodeOneofCase.ExplainStmt || !StatementValues.Needs(context.Request))
            return Distribute(context);
        if (context.Tree.NodeCase == Node.NodeOneofCase.CopyStmt)
            return Rejection.Unsupported("a value of the coordinator's cannot be passed on by COPY");
        if (StatementValues.TakeOut(context.Request, out var wrap) is not { } request)
            return Rejection.Unsupported("the statement's text cannot be rewritten");
        var result = Distribute(new PlanContext(request));
        return result.Succeeded(out var plan) ? wrap(plan) : result;
    }

    // A subquery that locks rows cannot always run where the rest does: then it is run before. Locks that the shards cannot take by themselves go by keys.
    private static PlanResult Distribute(PlanContext context)
    {
        var result = DistributeWhole(context);
        if (!context.Facts.Locks || (result.Plan is { } plan && !LockingPlanner.LocksAnyCopy(context, plan)))
            return result;
        if (result.Plan is null && LockedSubqueries.TakeOut(context, out var wrap) is { } request && DistributeWhole(new PlanContext(request)) is { Plan: { } rest })
            return wrap(rest);
        return KeyedLocks.Plan(context) is { } keyed ? keyed : result;
    }

    private static PlanResult DistributeWhole(PlanContext context) => context.Tree.NodeCase switch
    {
        Node.NodeOneofCase.SelectStmt => Select(context, context.Tree.SelectStmt),
        Node.NodeOneofCase.UpdateStmt => ModifyPlanner.Plan(context, context.Tree.UpdateStmt),
        Node.NodeOneofCase.DeleteStmt => ModifyPlanner.Plan(context, context.Tree.DeleteStmt),
        Node.NodeOneofCase.InsertStmt => InsertPlanner.Plan(context, context.Tree.InsertStmt),
        Node.NodeOneofCase.CopyStmt => CopyPlanner.Plan(context, context.Tree.CopyStmt),
        Node.NodeOneofCase.ExplainStmt => ExplainPlanner.Plan(context, context.Tree.ExplainStmt),
        _ => Rejection.Unsupported("this kind of statement runs on the coordinator"),
    };

    private static PlanResult Select(PlanContext context, SelectStmt select)
    {
        // PostgreSQL does not look at a row of FROM then, and an error that WHERE would give never comes up.
        if (IsOneGroupWithoutAggregates(context, select))
            return Rejection.Unsupported("HAVING without GROUP BY and aggregates reads no rows");
        var planned = SelectPlanner.Plan(context, select);
        return planned.Rejection is { } rejection ? RecursivePlanner.Plan(context, select, rejection) : planned;
    }

    private static bool IsOneGroupWithoutAggregates(PlanContext context, SelectStmt select) =>
        select is { HavingClause: not null, GroupClause.Count: 0 }
        && !Syntax.OfLevel<FuncCall>(Syntax.OutputExpressions(select)).Any(context.Analyzer.Functions.IsAggregate);
}
