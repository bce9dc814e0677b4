using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Cursors;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Planning.PushDown;
using Tangelo.Planning.ReadFirst;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;

namespace Tangelo.Planning;

/// <summary>
/// The last rung: PostgreSQL runs the statement on the coordinator and reaches the shards by foreign tables below the shells. Refuses the few
/// constructs that see only the empty shell, or that foreign tables ignore.
/// </summary>
internal static class LoopbackPlanner
{
    /// <param name="context">Of the statement.</param>
    /// <param name="rejection">Why nothing else could run it.</param>
    /// <param name="expanded">The statement with the queries of its views in their places, where that is known: what they read counts too.</param>
    internal static Plan Plan(PlanContext context, Rejection rejection, PlanContext? expanded = null)
    {
        var whole = expanded ?? context;
        if (UpsertsPartitions(context))
            throw Refuse("ON CONFLICT on a partitioned table", rejection);
        // postgres_fdw has no MERGE.
        if (context.Tree.MergeStmt is { Relation: { } target } && context.TableOf(target) is not null)
            throw Refuse("MERGE", rejection);
        if (ReadFirstPlanner.CallsReader(context))
            throw Refuse("a STABLE function that reads a table that another part of WITH changes", rejection with { Hint = "Call it before, in a statement of its own." });
        if ((expanded is not null && ReadFirstPlanner.Concerns(expanded)) || ReadFirstPlanner.Concerns(context))
            return ReadFirstPlanner.Plan(context, rejection) ?? throw Refuse("reading a table that another part of WITH changes", rejection with { Hint = "Use a transaction with two statements." });
        if (Changed(context) is { } named && context.TableOf(named) is { } table && StableCalls.ReadForEachRow(context, table))
            return RowsFirstPlanner.OverLoopback(context, table, rejection).Plan ?? throw Refuse("a function that reads the table that is changed for each row", rejection);
        if (Changed(whole) is { } changed && SelfReading.ForEachRow(whole, changed))
            return ReadFirstPlanner.Plan(context, rejection) ?? throw Refuse("a subquery for each row over the table that is changed", rejection);
        if (context.Facts.Samples)
            throw Refuse("TABLESAMPLE", rejection);
        if (context.Facts.LockWait is { } clause)
            throw Refuse(clause, rejection);
        if (NotingCursors.Declare(context) is { } noting)
            return new CoordinatorPlan(noting, CoordinatorReason.Loopback, rejection.Reason);
        return NamesOnly(context, context.Tree)
            ? WithoutOnly(context, rejection)
            : UpsertParameters.Keep(context) is { } keeping
            ? new CoordinatorPlan(keeping, CoordinatorReason.Loopback, rejection.Reason) { Moves = rejection.Moves }
            : context.OnCoordinator(CoordinatorReason.Loopback, rejection.Reason) with { Moves = rejection.Moves };
    }

    private static PgException Refuse(string construct, Rejection rejection) => new(
        SqlState.FeatureNotSupported, $"{construct} is not supported in this statement on distributed tables", rejection.Reason, rejection.Hint);

    // A partition is a foreign table, which has no indexes. Other shells have a trigger that sees conflicts.
    private static bool UpsertsPartitions(PlanContext context) => TreeWalker.Any(
        context.Tree,
        message => message is InsertStmt { OnConflictClause: not null, Relation: { } target } && context.TableOf(target) is { } table && (table.IsPartitioned || table.IsPartition));

    private static bool NamesOnly(PlanContext context, PgQuery.Node tree) =>
        RelationReferences.Collect(tree).Any(r => !r.Range.Inh && context.Texts.TableOf(r) is not null);

    private static RangeVar? Changed(PlanContext context) => context.Tree.UpdateStmt?.Relation ?? context.Tree.DeleteStmt?.Relation;

    // ONLY would leave out the foreign table, and so all rows. Shards have no children: without the word it means the same.
    private static CoordinatorPlan WithoutOnly(PlanContext context, Rejection rejection)
    {
        var copy = context.Tree.Clone();
        foreach (var reference in RelationReferences.Collect(copy))
        {
            if (context.Texts.TableOf(reference) is not null)
                reference.Range.Inh = true;
        }

        return Deparser.TryDeparseFaithfully(copy, out var sql)
            ? new CoordinatorPlan(System.Text.Encoding.UTF8.GetBytes(sql), CoordinatorReason.Loopback, rejection.Reason) { Moves = rejection.Moves }
            : throw Refuse("ONLY", rejection);
    }
}
