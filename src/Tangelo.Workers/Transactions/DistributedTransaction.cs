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
    private readonly Dictionary<GroupId, Participant> _participants = [];
    private readonly List<string> _savepoints = [];
    private readonly Lock _cancelGate = new();
    private Participant[] _cancellable = [];
    private readonly HashSet<GroupId> _isolated = [];
    private string? _begin;
    private bool? _asksForSerializable;

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

    /// <summary>From now on a connection that joins gets <paramref name="beginSql"/> first.</summary>
    public void Open(string beginSql)
    {
        if (_begin is not null)
            return;
        _begin = beginSql;
        _asksForSerializable = IsolationLevels.AsksForSerializable(beginSql);
    }

    /// <summary>Adds a statement (SET TRANSACTION) that joiners run after BEGIN; those that joined already get it with their next statement.</summary>
    public void AddToBegin(string sql)
    {
        _begin += "; " + sql;
        _asksForSerializable = IsolationLevels.AsksForSerializable(sql) ?? _asksForSerializable;
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
    /// <exception cref="PgException">08006: the node cannot be reached. 0A000: a SERIALIZABLE transaction would reach a second node.</exception>
    public async ValueTask<Participant> JoinAsync(
        ClusterMap map, GroupId group, SessionSettings settings, bool write, CancellationToken cancellation, bool mayBeLost = false, bool forRows = true)
    {
        if (forRows && (_asksForSerializable ?? settings.IsSerializable))
            Isolate(group);
        if (!_participants.TryGetValue(group, out var participant))
        {
            var pool = pools.For(map, group, database, user);
            participant = new Participant(group, pool, await pool.LendAsync(cancellation, mayBeLost && !IsOpen).ConfigureAwait(false));
            _participants.Add(group, participant);
            lock (_cancelGate)
                _cancellable = [.. _cancellable, participant];
            Backends = [.. Backends, (group, participant.Connection.ProcessId)];
            ApplySettings(participant, settings);
            if (_begin is not null)
            {
                participant.WritePrelude(_begin);
                foreach (var savepoint in _savepoints)
                    participant.WritePrelude("SAVEPOINT " + ShardNames.Quote(savepoint));
            }
        }
        else
        {
            ApplySettings(participant, settings);
        }

        participant.Wrote |= write;
        return participant;
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
        if (participant.Connection.AppliedSettings is not null || settings != SessionSettings.Default)
            participant.WritePrelude(settings.Sql);
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
        _asksForSerializable = null;
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

        _participants.Clear();
        _isolated.Clear();
        Backends = [];
    }
}
