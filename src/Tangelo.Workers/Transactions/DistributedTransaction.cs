using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Pooling;

namespace Tangelo.Workers.Transactions;

/// <summary>
/// The worker side of one session's transaction: at most one connection per group. Outside of an open transaction a
/// statement's connections run in autocommit and are released after it. The coordinator's side, and the order of commits,
/// belong to the session (see docs/architecture.md, Transactions).
/// </summary>
public sealed class DistributedTransaction(WorkerPools pools, string database, string user)
{
    // PostgreSQL's own words.
    private const string Retry = "The transaction might succeed if retried.";

    private readonly Dictionary<GroupId, Participant> _participants = [];
    private readonly List<string> _savepoints = [];
    private readonly Lock _cancelGate = new();
    private readonly StatementWaits _waits = new();
    private Participant[] _cancellable = [];
    private readonly HashSet<GroupId> _isolated = [];
    private string? _begin;
    private IsolationLevel? _level;
    private bool _isDeferrable;
    private SnapshotTaking _snapshot;
    private HashSet<GroupId>? _leftOut;
    private ClusterMap? _snapshotMap;

    /// <summary>True from <see cref="Open"/> until the end of the transaction.</summary>
    public bool IsOpen => _begin is not null;

    /// <summary>What it began with on every connection; null when it is not open.</summary>
    public string? BeginSql => _begin;

    /// <summary>Connections that take part now.</summary>
    public IReadOnlyCollection<Participant> Participants => _participants.Values;

    /// <summary>The backends that work for this transaction now, read from another thread: replaced whole when one joins or leaves.</summary>
    public IReadOnlyList<(GroupId Group, int Pid)> Backends { get; private set; } = [];

    /// <summary>How many nodes may have been changed.</summary>
    public int Writers => _participants.Values.Count(p => p.Wrote);

    /// <summary>
    /// Called in an open transaction before rows of a node are first read or written; it may take the snapshot of all nodes
    /// (<see cref="ReserveAsync"/>, <see cref="TakeSnapshotAsync"/>).
    /// </summary>
    public Func<SessionSettings, CancellationToken, ValueTask>? BeforeRows { get; init; }

    /// <summary>Whether the transaction has changed the metadata itself: then it knows of what has moved.</summary>
    public Func<bool> ChangesMetadata { get; init; } = () => false;

    /// <summary>From now on a connection that joins gets <paramref name="beginSql"/> first.</summary>
    /// <param name="beginSql">BEGIN with its modes.</param>
    /// <param name="snapshot">How its snapshot is taken if the level is one that keeps it.</param>
    public void Open(string beginSql, SnapshotTaking snapshot = SnapshotTaking.Together)
    {
        if (_begin is not null)
            return;
        _begin = beginSql;
        _level = IsolationLevels.AskedBy(beginSql);
        _isDeferrable = IsolationLevels.AskForDeferrable(beginSql);
        _snapshot = snapshot;
    }

    /// <summary>True when the snapshot of all nodes is still to be taken, before anything is read.</summary>
    public bool NeedsSnapshot(SessionSettings settings) =>
        _begin is not null && _snapshot == SnapshotTaking.Together && _leftOut is null && !settings.ReadsSecondaries && (_level ?? settings.Isolation) != IsolationLevel.ReadCommitted
        && !_isDeferrable && !settings.IsDeferrable;

    /// <summary>True when each node has kept, or will keep, a snapshot of its own for the whole transaction: what one sees another may not.</summary>
    public bool KeepsSnapshotsApart(SessionSettings settings) =>
        _begin is not null && _leftOut is null && (_level ?? settings.Isolation) != IsolationLevel.ReadCommitted;

    /// <summary>Adds a statement (SET TRANSACTION) that joiners run after BEGIN; those that joined already get it with their next statement.</summary>
    public void AddToBegin(string sql)
    {
        _begin += "; " + sql;
        _level = IsolationLevels.AskedBy(sql) ?? _level;
        _isDeferrable |= IsolationLevels.AskForDeferrable(sql);
        foreach (var participant in _participants.Values)
            participant.WritePrelude(sql);
    }

    /// <summary>
    /// The connection to <paramref name="group"/>, lent now if it does not take part yet. Settings and BEGIN are written to its
    /// buffer but not sent; the caller reads their answers with <see cref="Participant.FinishPreludesAsync"/>.
    /// </summary>
    /// <param name="map">Where the group's node is.</param>
    /// <param name="group">The group.</param>
    /// <param name="settings">The session's settings.</param>
    /// <param name="write">Something is going to be changed there.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="mayBeLost">The caller tries again in autocommit when the connection has ended already, see <see cref="BackendConnection.IsUsed"/>.</param>
    /// <param name="forRows">False for what is no reading or writing of rows: schema changes and the cluster's own queries.</param>
    /// <exception cref="PgException">
    /// 08006: the node cannot be reached. 0A000: a SERIALIZABLE transaction would reach a second node. 25006: something is going to be changed, and the session reads standbys.
    /// </exception>
    public async ValueTask<Participant> JoinAsync(
        ClusterMap map, GroupId group, SessionSettings settings, bool write, CancellationToken cancellation, bool mayBeLost = false, bool forRows = true)
    {
        if (write && settings.ReadsSecondaries)
            throw new PgException(SqlState.ReadOnlySqlTransaction, "writing to worker nodes is not currently allowed", "citus.use_secondary_nodes is set to 'always'");
        if (forRows && BeforeRows is { } before && NeedsSnapshot(settings))
            await before(settings, cancellation).ConfigureAwait(false);
        if (forRows)
            RequireNothingMoved(map);
        if (forRows && (_level ?? settings.Isolation) == IsolationLevel.Serializable)
            Isolate(group);
        if (!_participants.TryGetValue(group, out var participant))
        {
            participant = await LendAsync(map, group, settings, mayBeLost, cancellation).ConfigureAwait(false);
            Add(participant);
            RequireInSnapshot(group);
        }

        Prepare(participant, settings);
        participant.IsKept = settings.KeepsConnections;
        participant.Wrote |= write;
        return participant;
    }

    private async ValueTask<Participant> LendAsync(ClusterMap map, GroupId group, SessionSettings settings, bool mayBeLost, CancellationToken cancellation)
    {
        if (settings.ReadsSecondaries && group != GroupId.Coordinator)
        {
            var (standbys, connection) = await pools.Secondaries.LendAsync(
                map, group, database, user, settings.MaxSecondaryLag, p => LendAsync(p, settings, false, _participants.Count > 0, settings.NodePatience, cancellation), cancellation).ConfigureAwait(false);
            return new Participant(group, standbys, connection, map);
        }

        var pool = pools.For(map, group, database, user);
        return new Participant(group, pool, await LendAsync(pool, settings, mayBeLost && !IsOpen, _participants.Count > 0, settings.NodePatience, cancellation).ConfigureAwait(false), map);
    }

    /// <summary>True when the node of <paramref name="group"/> could not be reached a moment ago.</summary>
    public bool IsDown(ClusterMap map, GroupId group) => pools.For(map, group, database, user).IsDown;

    /// <summary>A node that has joined a moment ago, and has done nothing yet, does not take part after all.</summary>
    public void Dismiss(GroupId group)
    {
        if (_participants.TryGetValue(group, out var participant))
        {
            participant.Connection.Abort();
            Remove(participant);
        }
    }

    /// <summary>Lends connections to these groups, all at the same time, without beginning anything there. A node that cannot be reached is left out.</summary>
    public async Task ReserveAsync(ClusterMap map, IEnumerable<GroupId> groups, TimeSpan patience, CancellationToken cancellation)
    {
        var lending = groups.Where(g => !_participants.ContainsKey(g)).Select(async group =>
        {
            var pool = pools.For(map, group, database, user);
            try
            {
                return new Participant(group, pool, await LendAsync(pool, SessionSettings.Default, false, true, patience, cancellation).ConfigureAwait(false), map);
            }
            catch (PgException)
            {
                // Whoever needs this node's rows is told by the node.
                return null;
            }
        });
        foreach (var participant in await Task.WhenAll(lending).ConfigureAwait(false))
        {
            if (participant is not null)
                Add(participant);
        }
    }

    /// <summary>Begins on every connection and takes the snapshot there. The caller sees to it that no commit is half visible meanwhile.</summary>
    /// <param name="map">Where the nodes are.</param>
    /// <param name="settings">The session's settings.</param>
    /// <param name="groups">The nodes of which that is known; others do not take part.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task TakeSnapshotAsync(ClusterMap map, SessionSettings settings, IReadOnlySet<GroupId> groups, CancellationToken cancellation)
    {
        _leftOut = [.. map.PrimaryGroups.Where(g => !groups.Contains(g))];
        _snapshotMap = map;
        foreach (var participant in _participants.Values.ToList())
        {
            if (groups.Contains(participant.Group))
                continue;
            if (participant.HasBegun)
                throw NotInSnapshot();
            Remove(participant);
        }

        _leftOut.UnionWith(map.PrimaryGroups.Where(g => !_participants.ContainsKey(g)));
        var failure = await SendAsync(
            [.. _participants.Values],
            participant =>
            {
                Prepare(participant, settings);
                return "SELECT 1";
            },
            cancellation).ConfigureAwait(false);
        if (failure is not null)
            throw failure;
    }

    private static PgException NotInSnapshot() => new(
        SqlState.SerializationFailure, "could not serialize access because a node was not there when the snapshot of the transaction was taken", hint: Retry);

    private void RequireInSnapshot(GroupId group)
    {
        if (_leftOut?.Contains(group) == true)
            throw NotInSnapshot();
    }

    // The rows of a moved shard were written where they are now after the snapshot was taken: it does not show them.
    private void RequireNothingMoved(ClusterMap map)
    {
        if (_snapshotMap is not { } known || ReferenceEquals(known, map))
            return;
        if (!ChangesMetadata() && map.HasMovedSince(known))
            throw new PgException(SqlState.SerializationFailure, "could not serialize access because shards have moved since the snapshot of the transaction was taken", hint: Retry);
        _snapshotMap = map;
    }

    private ValueTask<BackendConnection> LendAsync(
        WorkerPool pool, SessionSettings settings, bool mayBeLost, bool holdsOthers, TimeSpan patience, CancellationToken cancellation) =>
        pool.TryLend(mayBeLost) is { } idle
            ? ValueTask.FromResult(idle)
            : _waits.RunAsync(settings, stop => pool.LendAsync(stop, mayBeLost, holdsOthers ? this : null, patience), cancellation);

    private void Add(Participant participant)
    {
        _participants.Add(participant.Group, participant);
        lock (_cancelGate)
            _cancellable = [.. _cancellable, participant];
        Backends = [.. Backends, (participant.Group, participant.Connection.ProcessId)];
    }

    private void Remove(Participant participant)
    {
        _participants.Remove(participant.Group);
        Backends = [.. Backends.Where(b => b.Group != participant.Group)];
        lock (_cancelGate)
        {
            _cancellable = [.. _cancellable.Where(p => p != participant)];
            participant.Release();
        }
    }

    private void Prepare(Participant participant, SessionSettings settings)
    {
        ApplySettings(participant, settings);
        if (_begin is null || participant.HasBegun)
            return;
        participant.HasBegun = true;

        // A standby refuses what says that it writes, whether it does or not.
        participant.WritePrelude(settings.ReadsSecondaries && participant.Group != GroupId.Coordinator ? _begin.Replace("READ WRITE", "READ ONLY", StringComparison.Ordinal) : _begin);
        foreach (var savepoint in _savepoints)
            participant.WritePrelude("SAVEPOINT " + ShardNames.Quote(savepoint));
    }

    // Each node would see to its own part only, so two transactions could still pass each other on different nodes.
    private void Isolate(GroupId group)
    {
        _isolated.Add(group);
        if (_isolated.Count > 1)
        {
            throw new PgException(
                SqlState.FeatureNotSupported, "SERIALIZABLE transactions over several nodes are not supported",
                "Each node keeps its own part serializable, but not the whole.",
                "Use REPEATABLE READ, or keep the transaction to the rows of one distribution column value.");
        }
    }

    /// <summary>Gives connections back after a statement in autocommit; does nothing in an open transaction.</summary>
    public void ReleaseIfAutocommit()
    {
        if (!IsOpen)
            ReleaseAll();
    }

    public Task SavepointAsync(string name, CancellationToken cancellation)
    {
        _savepoints.Add(name);
        return BroadcastAsync("SAVEPOINT " + ShardNames.Quote(name), cancellation);
    }

    public Task ReleaseSavepointAsync(string name, CancellationToken cancellation)
    {
        CutSavepoints(name, keep: false);
        return BroadcastAsync("RELEASE SAVEPOINT " + ShardNames.Quote(name), cancellation);
    }

    public Task RollbackToSavepointAsync(string name, CancellationToken cancellation)
    {
        CutSavepoints(name, keep: true);
        ForgetSettings();
        return BroadcastAsync("ROLLBACK TO SAVEPOINT " + ShardNames.Quote(name), cancellation);
    }

    /// <summary>COMMIT without preparing: right when at most one node wrote and the coordinator did not.</summary>
    /// <exception cref="PgException">The writer's error: the transaction is rolled back there.</exception>
    public async Task CommitPlainAsync(CancellationToken cancellation)
    {
        try
        {
            // The writer decides, so it goes first: a reader's failure afterwards changes nothing.
            await BroadcastAsync("COMMIT", cancellation, p => p.Wrote).ConfigureAwait(false);
            await BroadcastQuietlyAsync("COMMIT", p => !p.Wrote).ConfigureAwait(false);
            End();
        }
        catch
        {
            await RollbackAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>First phase: PREPARE TRANSACTION on every writer. On failure everything is rolled back.</summary>
    /// <param name="gid">Makes the global id for a group.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Groups and global ids of what is prepared now.</returns>
    public async Task<IReadOnlyList<(GroupId Group, string Gid)>> PrepareAsync(Func<GroupId, string> gid, CancellationToken cancellation)
    {
        var writers = _participants.Values.Where(p => p.Wrote).ToList();
        var failure = await SendAsync(writers, p => $"PREPARE TRANSACTION {ShardNames.Literal(p.PreparedAs = gid(p.Group))}", cancellation, p => p.PreparedAs = null).ConfigureAwait(false);
        if (failure is not null)
        {
            await RollbackPreparedAsync().ConfigureAwait(false);
            throw failure;
        }

        return [.. writers.Select(p => (p.Group, p.PreparedAs!))];
    }

    /// <summary>Second phase. What fails here is settled by recovery: the decision is durable.</summary>
    /// <returns>True when every node has confirmed.</returns>
    public async Task<bool> CommitPreparedAsync()
    {
        var failure = await SendAsync(
            [.. _participants.Values],
            p => p.PreparedAs is null ? "COMMIT" : $"COMMIT PREPARED {ShardNames.Literal(p.PreparedAs)}",
            CancellationToken.None).ConfigureAwait(false);
        End();
        return failure is null;
    }

    /// <summary>Undoes the first phase.</summary>
    public async Task RollbackPreparedAsync()
    {
        ForgetSettings();
        await SendAsync(
            [.. _participants.Values.Where(p => p.Connection.IsHealthy && (p.PreparedAs is not null || p.IsInTransaction))],
            p => p.PreparedAs is null ? "ROLLBACK" : $"ROLLBACK PREPARED {ShardNames.Literal(p.PreparedAs)}",
            CancellationToken.None).ConfigureAwait(false);
        End();
    }

    /// <summary>What is prepared stays so, for whoever ends it; what was only read ends.</summary>
    public async Task KeepPreparedAsync()
    {
        ForgetSettings();
        await BroadcastQuietlyAsync("ROLLBACK", p => p.Connection.IsHealthy && p.PreparedAs is null && p.IsInTransaction).ConfigureAwait(false);
        End();
    }

    /// <summary>Lets go of what is prepared without deciding: recovery will.</summary>
    public void LeavePrepared() => End();

    /// <summary>ROLLBACK everywhere; connections that do not answer properly are closed. Never fails.</summary>
    public async Task RollbackAsync()
    {
        ForgetSettings();
        await BroadcastQuietlyAsync("ROLLBACK", p => p.Connection.IsHealthy && p.IsInTransaction).ConfigureAwait(false);
        End();
    }

    /// <summary>Closes every connection: the session ends in the middle of something.</summary>
    public void Abort()
    {
        foreach (var participant in _participants.Values)
            participant.Connection.Abort();
        End();
    }

    /// <summary>Asks every node that takes part to cancel what it does.</summary>
    /// <remarks>May be called from any thread.</remarks>
    public Task CancelAsync()
    {
        _waits.Cancel();
        lock (_cancelGate)
        {
            foreach (var participant in _cancellable)
                participant.IsCancelled = true;
            return Task.WhenAll(_cancellable.Select(p => CancelSender.SendAsync(p.Connection)));
        }
    }

    private static void ApplySettings(Participant participant, SessionSettings settings)
    {
        if (ReferenceEquals(participant.Connection.AppliedSettings, settings))
            return;
        // Row-level security does not concern a superuser: where it would, an error is better than fewer rows.
        var isConcerned = participant.Connection.IsRestricted && settings.Role is null;
        if (participant.Connection.AppliedSettings is not null || settings != SessionSettings.Default || isConcerned)
            participant.WritePrelude(isConcerned ? settings.Sql + "; SET row_security = off" : settings.Sql);
        participant.Connection.AppliedSettings = settings;
    }

    private static async Task<PgException?> SendAsync(
        List<Participant> to, Func<Participant, string> sql, CancellationToken cancellation, Action<Participant>? onRefusal = null)
    {
        PgException? failure = null;
        foreach (var participant in to)
        {
            try
            {
                FrontendMessages.Query(participant.Connection.Out, sql(participant));
                await participant.Connection.FlushAsync(cancellation).ConfigureAwait(false);
            }
            catch (PgException e)
            {
                failure ??= e;
            }
        }

        foreach (var participant in to.Where(p => p.Connection.IsHealthy))
        {
            try
            {
                await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
                await participant.Connection.ReadResultAsync(cancellation).ConfigureAwait(false);
            }
            catch (PgException e)
            {
                if (participant.Connection.IsHealthy)
                    onRefusal?.Invoke(participant);
                failure ??= e;
            }
        }

        return failure;
    }

    private async Task BroadcastAsync(string sql, CancellationToken cancellation, Func<Participant, bool>? where = null)
    {
        if (await SendAsync([.. _participants.Values.Where(where ?? (_ => true))], _ => sql, cancellation).ConfigureAwait(false) is { } failure)
            throw failure;
    }

    private Task<PgException?> BroadcastQuietlyAsync(string sql, Func<Participant, bool> where) =>
        SendAsync([.. _participants.Values.Where(where)], _ => sql, CancellationToken.None);

    private void CutSavepoints(string name, bool keep)
    {
        var index = _savepoints.LastIndexOf(name);
        if (index >= 0)
            _savepoints.RemoveRange(index + (keep ? 1 : 0), _savepoints.Count - index - (keep ? 1 : 0));
    }

    // A rollback takes back settings that were laid on the connection inside of what is rolled back.
    private void ForgetSettings()
    {
        foreach (var participant in _participants.Values)
            participant.Connection.AppliedSettings = new object();
    }

    private void End()
    {
        _begin = null;
        _level = null;
        _isDeferrable = false;
        _leftOut = null;
        _snapshotMap = null;
        _savepoints.Clear();
        ReleaseAll();
    }

    private void ReleaseAll()
    {
        lock (_cancelGate)
        {
            _cancellable = [];
            foreach (var participant in _participants.Values)
                participant.Release();
        }

        pools.Ended(this);
        _participants.Clear();
        _isolated.Clear();
        Backends = [];
    }
}
