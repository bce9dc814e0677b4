using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Server.Sessions;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Snapshots;

/// <summary>
/// The snapshot of a session's transaction that keeps one: taken on all nodes and on the link together, before the first of them reads
/// anything, because nobody knows what the transaction will read later.
/// </summary>
internal sealed class SessionSnapshot(SessionContext context)
{
    private bool _isBeingTaken;

    /// <summary>The statement that runs is one that PostgreSQL takes no snapshot for: SET, SHOW, LOCK and their kin.</summary>
    public bool IsHeldOff { get; set; }

    /// <summary>True when something is to be done before the link is used in the transaction.</summary>
    public bool IsDue => !IsHeldOff && !_isBeingTaken && context.Transaction.NeedsSnapshot(context.KnownSettings);

    /// <summary>Whether a statement outside of a block is to read all its nodes in one snapshot.</summary>
    public static bool Wants(Plan plan, SessionSettings settings) =>
        (settings.TakesSnapshots || settings.Isolation != IsolationLevel.ReadCommitted) && Reads(plan);

    /// <summary>Takes the snapshot.</summary>
    /// <exception cref="PgException">A node that was reached has failed, or 40001.</exception>
    public async ValueTask TakeAsync(CancellationToken cancellation)
    {
        if (IsHeldOff || _isBeingTaken)
            return;
        _isBeingTaken = true;
        try
        {
            // What waits for a free connection must do so outside of the window.
            await context.Transaction.ReserveAsync(context.Map, context.Map.PrimaryGroups, context.KnownSettings.NodePatience, cancellation).ConfigureAwait(false);
            var visit = await context.Router.WindowOf(context.Database).EnterAsync(cancellation).ConfigureAwait(false);
            try
            {
                var link = context.Blocks.LinkTakesPart ? TakeOnLinkAsync(cancellation) : Task.CompletedTask;
                if (!context.SettingsAreKnown)
                    await link.ConfigureAwait(false);
                var nodes = context.Transaction.TakeSnapshotAsync(context.Map, context.KnownSettings, visit.Reachable, cancellation);
                await Task.WhenAll(link, nodes).ConfigureAwait(false);
            }
            finally
            {
                await LeaveAsync(visit).ConfigureAwait(false);
            }
        }
        finally
        {
            _isBeingTaken = false;
        }
    }

    // Reading the settings takes the link's snapshot as well as anything does.
    private async Task TakeOnLinkAsync(CancellationToken cancellation)
    {
        if (context.SettingsAreKnown)
            await context.QueryLinkAsync("SELECT 1", cancellation).ConfigureAwait(false);
        else
            await context.SettingsAsync(cancellation).ConfigureAwait(false);
    }

    private static async Task LeaveAsync(CommitWindow.Visit visit)
    {
        try
        {
            await visit.LeaveAsync().ConfigureAwait(false);
        }
        catch (PgException e)
        {
            throw new PgException(SqlState.SerializationFailure, "could not serialize access because the coordinator was lost while the snapshot was taken", hint: "The transaction might succeed if retried.", inner: e);
        }
    }

    private static bool Reads(Plan plan) => plan switch
    {
        ShardPlan { Writes: false, Shards: not (ReferenceShard or NoShards or KeyShards { Keys.Length: 1 }) } => true,
        CombinePlan { Inner.Writes: false } => true,
        CopyToPlan => true,
        RecursivePlan { Writes: false } => true,
        ValuesFirstPlan values => Reads(values.Inner),
        _ => false,
    };
}
