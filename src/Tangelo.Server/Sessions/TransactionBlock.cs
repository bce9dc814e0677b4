using System.Text;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution.Shards;
using Tangelo.Protocol.Messages;
using Tangelo.Server.AdminFunctions;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;
using Tangelo.Workers.TwoPhase;

namespace Tangelo.Server.Sessions;

/// <summary>
/// The client's transaction over link and workers. BEGIN reaches the link only when the link is first needed, and the workers
/// when they join; the end goes everywhere, by two-phase commit where several have written.
/// </summary>
internal sealed class TransactionBlock(SessionContext context)
{
    private readonly List<string> _savepoints = [];
    private string _begin = "BEGIN";
    private bool _linkBegun;
    private bool _linkJoins;

    public TransactionPhase Phase { get; private set; }

    /// <summary>
    /// True while link and workers are being committed or rolled back. What postgres_fdw says of the end of subtransactions is then
    /// no news to the workers, which may have ended before the link.
    /// </summary>
    public bool IsEnding { get; private set; }

    /// <summary>The status byte of ReadyForQuery.</summary>
    public byte Status => Phase switch
    {
        TransactionPhase.Block => (byte)'T',
        TransactionPhase.Failed => (byte)'E',
        _ => (byte)'I',
    };

    /// <summary>When the transaction began, as a Stopwatch time stamp.</summary>
    public long StartedAt { get; private set; }

    /// <summary>The client's BEGIN with its modes.</summary>
    public string BeginText => _begin;

    /// <summary>True when the link is inside of the block.</summary>
    public bool LinkHasBegun => _linkBegun;

    /// <summary>True when what runs on the link belongs to the session's transaction.</summary>
    public bool LinkTakesPart => _linkBegun || Phase == TransactionPhase.Block || (Phase == TransactionPhase.Implicit && (_linkJoins || context.LinkIsInBatch));

    /// <summary>BEGIN: <paramref name="sql"/> is the client's text with its modes.</summary>
    public void Begin(string sql)
    {
        _begin = sql;
        StartedAt = System.Diagnostics.Stopwatch.GetTimestamp();
        Phase = TransactionPhase.Block;
        context.LoopbackTransaction.HandOver();
        context.Transaction.Open(sql);
    }

    /// <summary>
    /// A text that only the link could parse has begun or ended a block there: the session follows.
    /// </summary>
    public async ValueTask FollowLinkAsync(CancellationToken cancellation)
    {
        var status = context.Link.Status;
        if (Phase == TransactionPhase.Idle && status != (byte)'I')
        {
            Begin("BEGIN");
            _linkBegun = true;
            if (status == (byte)'E')
                Fail();
        }
        else if (Phase is TransactionPhase.Block or TransactionPhase.Failed && _linkBegun && status == (byte)'I')
        {
            await EndedOnLinkAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>A transaction that the session ends by itself.</summary>
    /// <param name="withLink">The link takes part from its next statement on, where it has no implicit transaction of its own.</param>
    /// <param name="begin">With other modes than the session's own.</param>
    /// <param name="snapshot">How the snapshot is taken where the transaction keeps one.</param>
    public void OpenImplicit(bool withLink = false, string begin = "BEGIN", SnapshotTaking snapshot = SnapshotTaking.Together)
    {
        _linkJoins |= withLink;
        if (Phase != TransactionPhase.Idle)
            return;
        Phase = TransactionPhase.Implicit;
        StartedAt = System.Diagnostics.Stopwatch.GetTimestamp();
        _begin = begin;
        context.LoopbackTransaction.HandOver();
        context.Transaction.Open(_begin, snapshot);
    }

    /// <summary>An error: a block waits for ROLLBACK.</summary>
    public void Fail()
    {
        if (Phase == TransactionPhase.Block)
            Phase = TransactionPhase.Failed;
    }

    /// <summary>The link, brought into the block if there is one.</summary>
    public ValueTask<BackendConnection> EnterLinkAsync(CancellationToken cancellation) =>
        context.Snapshot.IsDue && LinkTakesPart ? EnterWithSnapshotAsync(cancellation) : BeginIfDueAsync(cancellation);

    private async ValueTask<BackendConnection> EnterWithSnapshotAsync(CancellationToken cancellation)
    {
        await context.Snapshot.TakeAsync(cancellation).ConfigureAwait(false);
        return await BeginIfDueAsync(cancellation).ConfigureAwait(false);
    }

    private ValueTask<BackendConnection> BeginIfDueAsync(CancellationToken cancellation) =>
        _linkBegun || !(Phase == TransactionPhase.Block || (Phase == TransactionPhase.Implicit && _linkJoins)) ? context.Lease.EnsureAsync(cancellation) : BeginOnLinkAsync(cancellation);

    public async Task SavepointAsync(string name, CancellationToken cancellation)
    {
        if (_linkBegun)
            await RunOnLinkAsync("SAVEPOINT " + ShardNames.Quote(name), cancellation).ConfigureAwait(false);
        _savepoints.Add(name);
        await context.Transaction.SavepointAsync(name, cancellation).ConfigureAwait(false);
    }

    public async Task ReleaseAsync(string name, CancellationToken cancellation)
    {
        var index = Find(name);
        if (_linkBegun)
            await RunOnLinkAsync("RELEASE SAVEPOINT " + ShardNames.Quote(name), cancellation).ConfigureAwait(false);
        _savepoints.RemoveRange(index, _savepoints.Count - index);
        await context.Transaction.ReleaseSavepointAsync(name, cancellation).ConfigureAwait(false);
    }

    public async Task RollbackToAsync(string name, CancellationToken cancellation)
    {
        var index = Find(name);
        if (_linkBegun)
            await RunOnLinkAsync("ROLLBACK TO SAVEPOINT " + ShardNames.Quote(name), cancellation).ConfigureAwait(false);
        _savepoints.RemoveRange(index + 1, _savepoints.Count - index - 1);
        await context.Transaction.RollbackToSavepointAsync(name, cancellation).ConfigureAwait(false);
        Phase = TransactionPhase.Block;
        context.SettingsMayHaveChanged();
        if (context.Metadata.IsChanged)
            context.Metadata.SetChanged();
        if (context.Metadata.SchemaIsChanged)
            context.Database.SchemaChanged();
    }

    /// <summary>SET TRANSACTION and the like: for every worker that joins or has joined.</summary>
    public void AddMode(string sql) => context.Transaction.AddToBegin(sql);

    /// <summary>Ends the transaction; a failed one is rolled back.</summary>
    /// <returns>True when it was committed.</returns>
    /// <exception cref="PgException">It could not be committed and is rolled back everywhere.</exception>
    public async Task<bool> CommitAsync(CancellationToken cancellation)
    {
        if (Phase == TransactionPhase.Failed)
        {
            await RollbackAsync(cancellation).ConfigureAwait(false);
            return false;
        }

        try
        {
            // Deferred triggers may write to shards: they have to fire before a node is prepared or committed.
            if (_linkBegun && !context.Map.WatchesNothing)
                await RunOnLinkAsync("SET CONSTRAINTS ALL IMMEDIATE", cancellation).ConfigureAwait(false);
            IsEnding = true;
            if (context.Transaction.Writers > 0 && context.HoldsCursor && _linkBegun)
                await CommitFromLinkAsync(cancellation).ConfigureAwait(false);
            else if (context.Transaction.Writers > 0 && await NeedsTwoPhasesAsync(cancellation).ConfigureAwait(false))
                await CommitInTwoPhasesAsync(cancellation).ConfigureAwait(false);
            else
                await CommitPlainAsync(cancellation).ConfigureAwait(false);
        }
        catch (PgException e)
        {
            // What a node says of a deferred constraint names the shards.
            var error = ShardNameEraser.Erase(e.Error, context.Map);
            await RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            throw new PgException(error, e);
        }
        catch
        {
            await RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        await EndAsync(committed: true, cancellation).ConfigureAwait(false);
        return true;
    }

    public async Task RollbackAsync(CancellationToken cancellation)
    {
        IsEnding = true;
        if (_linkBegun && context.Lease.IsHealthy)
        {
            try
            {
                await RunOnLinkAsync("ROLLBACK", cancellation).ConfigureAwait(false);
            }
            catch (PgException)
            {
                // ROLLBACK fails only with its connection, which the session finds out by itself.
            }
        }

        await context.Transaction.RollbackAsync().ConfigureAwait(false);
        await EndAsync(committed: false, cancellation).ConfigureAwait(false);
    }

    /// <summary>PREPARE TRANSACTION has ended the block on the link; nothing was changed elsewhere.</summary>
    public async ValueTask EndedOnLinkAsync(CancellationToken cancellation)
    {
        await context.Transaction.RollbackAsync().ConfigureAwait(false);
        await EndAsync(committed: true, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether a node and something else have written.</summary>
    private async Task<bool> NeedsTwoPhasesAsync(CancellationToken cancellation)
    {
        if (context.Transaction.Writers > 1)
            return true;
        if (!_linkBegun && !context.LinkIsInBatch)
            return false;
        var rows = await context.QueryLinkAsync("SELECT pg_catalog.pg_current_xact_id_if_assigned()", cancellation).ConfigureAwait(false);
        return rows[0][0] is not null;
    }

    private async Task CommitPlainAsync(CancellationToken cancellation)
    {
        if (context.Transaction.Writers == 0)
        {
            await CommitLinkAsync(cancellation).ConfigureAwait(false);
            await context.Transaction.CommitPlainAsync(cancellation).ConfigureAwait(false);
        }
        else
        {
            await context.Transaction.CommitPlainAsync(cancellation).ConfigureAwait(false);
            await CommitLinkAsync(cancellation).ConfigureAwait(false);
        }
    }

    // The coordinator reads the rest of its cursors before anything else when it commits: the nodes' transactions have to be open then. They end when
    // postgres_fdw tells of the commit, as with functions in autocommit.
    private async Task CommitFromLinkAsync(CancellationToken cancellation)
    {
        await context.QueryLinkAsync($"SELECT pg_catalog.tangelo_call('{CommitBeginsFunction.Call}', '{{}}')", cancellation).ConfigureAwait(false);
        context.LoopbackTransaction.TakeOver();
        var committed = false;
        try
        {
            await CommitLinkAsync(CancellationToken.None).ConfigureAwait(false);
            committed = true;
        }
        finally
        {
            await context.LoopbackTransaction.SettleAsync(committed, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task CommitInTwoPhasesAsync(CancellationToken cancellation)
    {
        // Whoever looks for the decision asks whether this backend lives.
        await context.Lease.EnsureAsync(cancellation).ConfigureAwait(false);
        var sequence = context.Router.NextSequence();
        var active = context.Router.ActiveCommits;
        active.Add(sequence);
        try
        {
            var prepared = await context.Transaction.PrepareAsync(
                group => new GlobalTransactionId(context.Router.RouterId, context.Lease.ProcessId, sequence, group, null).ToString(),
                cancellation).ConfigureAwait(false);
            try
            {
                // A router that is told to stop must not give up here: a COMMIT that was sent may count, and then nothing may be rolled back.
                await context.QueryLinkAsync(DecisionSql(prepared), CancellationToken.None).ConfigureAwait(false);
                await CommitLinkAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (PgException e) when (!context.Lease.IsHealthy)
            {
                // Nobody knows whether the decision was made: recovery finds out.
                context.Transaction.LeavePrepared();
                throw new PgException("08007", "the coordinator was lost while the transaction was being committed", "Its outcome will be settled by recovery.", inner: e);
            }
            catch
            {
                await context.Transaction.RollbackPreparedAsync().ConfigureAwait(false);
                throw;
            }

            if (await context.Transaction.CommitPreparedAsync().ConfigureAwait(false))
                context.Router.Recovery.DecisionsCarriedOut(context.Database, prepared.Select(p => p.Gid));
        }
        finally
        {
            active.Remove(sequence);
        }
    }

    /// <summary>The SQL that records the decision; its commit makes the transaction committed.</summary>
    public static string DecisionSql(IReadOnlyList<(GroupId Group, string Gid)> prepared) =>
        $"SELECT pg_catalog.tangelo_record_decision(ARRAY[{string.Join(',', prepared.Select(p => p.Group))}]::int[], "
        + $"ARRAY[{string.Join(',', prepared.Select(p => ShardNames.Literal(p.Gid)))}]::text[])";

    private async Task CommitLinkAsync(CancellationToken cancellation)
    {
        if (_linkBegun)
        {
            _linkBegun = false;
            await RunOnLinkAsync("COMMIT", cancellation).ConfigureAwait(false);
        }
        else if (context.LinkIsInBatch)
        {
            FrontendMessages.Sync(context.Link.Out);
            await context.Link.FlushAsync(cancellation).ConfigureAwait(false);
            context.Replies.Synced();
            await context.Link.ReadResultAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask<BackendConnection> BeginOnLinkAsync(CancellationToken cancellation)
    {
        await context.Lease.EnsureAsync(cancellation).ConfigureAwait(false);
        _linkBegun = true;
        await RunOnLinkAsync(_begin, cancellation).ConfigureAwait(false);
        foreach (var savepoint in _savepoints)
            await RunOnLinkAsync("SAVEPOINT " + ShardNames.Quote(savepoint), cancellation).ConfigureAwait(false);
        return context.Link;
    }

    private async Task RunOnLinkAsync(string sql, CancellationToken cancellation)
    {
        FrontendMessages.Query(context.Link.Out, Encoding.UTF8.GetBytes(sql));
        await context.Link.FlushAsync(cancellation).ConfigureAwait(false);
        await context.Link.ReadResultAsync(cancellation).ConfigureAwait(false);
    }

    private int Find(string name)
    {
        var index = _savepoints.LastIndexOf(name);
        return index >= 0 ? index : throw new PgException("3B001", $"savepoint \"{name}\" does not exist");
    }

    private ValueTask EndAsync(bool committed, CancellationToken cancellation)
    {
        Phase = TransactionPhase.Idle;
        IsEnding = false;
        _linkBegun = _linkJoins = false;
        _savepoints.Clear();
        return context.TransactionEndedAsync(committed, cancellation);
    }
}
