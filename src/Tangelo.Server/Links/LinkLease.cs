using System.Text;
using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Sessions;
using Tangelo.Server.Statements;
using Tangelo.Sql.Parsing;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Links;

/// <summary>
/// A session's hold on a backend of the coordinator, its link. Without a pool the session has one for life; with one it is lent a link when it needs it, and gives it
/// back between transactions when nothing of the session is left on it (docs/sessions.md).
/// </summary>
internal sealed class LinkLease : IDisposable
{
    private const int Attempts = 3;

    private static int _last;

    private readonly LinkPlace? _place;
    private readonly Lock _gate = new();
    private BackendConnection? _connection;
    private CoordinatorLink? _link;
    private IReadOnlyDictionary<string, string> _parameters;
    private readonly StatementWaits _waits = new();
    private PinReasons _pinnedFor;
    private PinReasons _found;
    private TaskCompletionSource? _asked;
    private bool _isPlaceLeft;
    private int _cancels;
    private long _flushes;
    private int _number;

    // By the names of the client's statements.
    private readonly Dictionary<string, byte[]> _rows = [];
    private readonly HashSet<string> _changed = [];

    /// <summary>A link for life.</summary>
    public LinkLease(BackendConnection own)
    {
        _connection = own;
        _parameters = own.Parameters;
    }

    /// <summary>Links are lent. The session begins with the one on which it has logged in.</summary>
    public LinkLease(LinkPlace place, CoordinatorLink first)
    {
        _place = place;
        _link = first;
        _connection = first.Connection;
        _parameters = first.Connection.Parameters;
        first.LastHolder = this;
        _number = Interlocked.Decrement(ref _last);
    }

    /// <summary>The session it is for; known before the first message.</summary>
    public ClientSession? Session { get; set; }

    /// <summary>The client's statements that have to be on its link, besides the unnamed one.</summary>
    public Func<IEnumerable<(string Name, LinkedStatement Statement)>>? Statements { get; set; }

    /// <summary>
    /// True while the session's statement may lift the limit that is in force: it waits for a link without one. Where many wait, a session with a short statement_timeout could not get rid of it.
    /// </summary>
    public bool MayLiftLimit { get; private set; }

    /// <summary>True when the session has run what may have left advisory locks on the link. To look for them takes longer than all else.</summary>
    public bool MayHoldLocks { get; private set; }

    /// <summary>True where links are lent.</summary>
    public bool IsLent => _place is not null;

    /// <summary>True while the session has a link.</summary>
    public bool IsHeld => _connection is not null;

    /// <summary>How often a link was lent: what is not made again by itself was left on another one.</summary>
    public int Loans { get; private set; }

    /// <summary>What the session has set, as it is laid on its next link.</summary>
    public SessionSettings Settings { get; private set; } = SessionSettings.Default;

    /// <summary>What is known of links of the kind that the session has.</summary>
    public KnownLinkSettings KnownSettings => _place!.Links.KnownSettings(_link!.Key);

    /// <summary>Why the session keeps its link.</summary>
    public PinReasons Pins => IsHeld ? _pinnedFor | _found : PinReasons.None;

    /// <summary>The link.</summary>
    /// <exception cref="InvalidOperationException">The session has none now: <see cref="EnsureAsync"/> lends it one.</exception>
    public BackendConnection Connection => _connection ?? throw new InvalidOperationException("the session has no link now");

    /// <summary>What the server has told this session by ParameterStatus, last values; they outlive a loan.</summary>
    public IReadOnlyDictionary<string, string> Parameters => _parameters;

    /// <summary>False when the link was lost, and what the session had there with it.</summary>
    public bool IsHealthy => _connection?.IsHealthy ?? true;

    /// <summary>The error with which the link has ended; null while it has not.</summary>
    public PgError? Fatal => _connection?.Fatal;

    /// <summary>The pid of the link; one that no backend has while the session has none.</summary>
    public int ProcessId => _connection?.ProcessId ?? _number;

    /// <summary>When the link's backend began, see <see cref="BackendConnection.ProcessStart"/>; null while the session has none.</summary>
    public string? ProcessStart => _connection?.ProcessStart;

    /// <summary>The link, lent if the session has none.</summary>
    /// <exception cref="PgException">None could be had, or the session's state cannot be laid on it.</exception>
    public ValueTask<BackendConnection> EnsureAsync(CancellationToken cancellation) =>
        _connection is { } held ? ValueTask.FromResult(held) : LendAsync(cancellation);

    /// <summary>True when nothing is on the link that this session could not take with it.</summary>
    public bool Suits(CoordinatorLink link) => link.CustomSettings.Count == 0 || link.LastHolder == this || link.CustomSettings.IsSubsetOf(Session!.Context.CustomSettings);

    /// <summary>Takes note of what the session is about to run.</summary>
    public void Announce(ReadOnlySpan<byte> text) => MayLiftLimit = IsLent && SettingsText.ChangesSettings(text);

    /// <summary>Takes note of what the session has run.</summary>
    public void Follow(StatementEffects effects)
    {
        if (effects.HasFlag(StatementEffects.AsksProcess))
            _pinnedFor |= PinReasons.ProcessId;
        if (effects.HasFlag(StatementEffects.SetsSequence))
            _pinnedFor |= PinReasons.Sequences;
        if ((effects & (StatementEffects.SessionLocks | StatementEffects.Unparsed)) != 0)
            MayHoldLocks = true;
        if ((effects & (StatementEffects.HiddenState | StatementEffects.Unparsed)) != 0)
            _pinnedFor |= PinReasons.UnknownState;
    }

    /// <summary>DISCARD ALL: the session is as new.</summary>
    public void Discarded() => _pinnedFor = PinReasons.None;

    /// <summary>The client prepares a statement, whatever had its name before.</summary>
    public void Forget(string statement)
    {
        _rows.Remove(statement);
        _changed.Remove(statement);
    }

    /// <summary>The client has no statements any more.</summary>
    public void ForgetStatements()
    {
        _rows.Clear();
        _changed.Clear();
    }

    /// <summary>What a statement gives that was just prepared on the link.</summary>
    /// <param name="statement">Its name.</param>
    /// <param name="rows">A RowDescription's body, empty for none.</param>
    public void Describes(string statement, byte[] rows) => _rows[statement] = rows;

    /// <summary>True for a statement that was prepared on another link, and gives other rows on this one.</summary>
    public bool HasChanged(string statement) => _changed.Contains(statement);

    /// <summary>Where the session stands among those that are parked; of <see cref="CoordinatorLinks"/>.</summary>
    public LinkedListNode<LinkLease>? Parking { get; set; }

    /// <summary>
    /// The session waits for its client, outside of a transaction: the link is given back where others need one, unless something on it is the session's and cannot be made
    /// again. Until <see cref="ResumeAsync"/> the session leaves its link alone, which may be asked for at any time.
    /// </summary>
    /// <exception cref="PgException">The link is lost.</exception>
    public ValueTask RestAsync(CancellationToken cancellation)
    {
        if (_link is not { } link || _isPlaceLeft || _pinnedFor != PinReasons.None || (_found != PinReasons.None && link.Connection.Flushes == _flushes))
            return ValueTask.CompletedTask;

        // What the link has to tell a session that listens is read while it waits.
        return !Session!.Context.Listens && _place!.Links.Park(this) ? ValueTask.CompletedTask : GiveBackAsync(link, cancellation);
    }

    /// <summary>The client has sent something, or is gone.</summary>
    public ValueTask ResumeAsync() =>
        _place is null || _place.Links.Unpark(this) || Volatile.Read(ref _asked) is not { } asked ? ValueTask.CompletedTask : new ValueTask(asked.Task);

    /// <summary>True when the session's link has said something by itself; from any thread.</summary>
    public bool HasWaiting
    {
        get
        {
            try
            {
                return _connection?.HasWaiting == true;
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>Somebody is going to read from the link for the session, which waits for its client. False while it is being asked for.</summary>
    /// <param name="isParked">True when the link was parked: <see cref="ParkAgain"/> has to follow, unless the session ends.</param>
    public bool BeginLook(out bool isParked)
    {
        isParked = _place?.Links.Unpark(this) == true;
        return isParked || (IsHeld && Volatile.Read(ref _asked) is null or { Task.IsCompleted: true });
    }

    /// <summary>The link may be asked for again. Where many want one it stays with the session until its next statement.</summary>
    public void ParkAgain() => _place!.Links.Park(this);

    /// <summary>The link of the parked session is about to be asked for: <see cref="AskAsync"/> follows.</summary>
    public void BeginAsking() => Volatile.Write(ref _asked, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Somebody else needs a link. True when this one's is given back. Never throws.</summary>
    public async Task<bool> AskAsync()
    {
        var asked = Volatile.Read(ref _asked)!;
        try
        {
            await GiveBackAsync(_link!, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is PgException or OperationCanceledException)
        {
            // The link is lost, which the session learns when it needs it: nobody has to wait for that.
            _isPlaceLeft = true;
            _place!.Links.Leave();
            return true;
        }
        finally
        {
            asked.SetResult();
        }

        return !IsHeld;
    }

    /// <summary>Cancels what runs on the link, or the wait for one, from any thread.</summary>
    public async Task CancelAsync()
    {
        BackendConnection? target;
        lock (_gate)
        {
            target = _connection;
            _cancels += target is null ? 0 : 1;
        }

        if (target is null)
        {
            _waits.Cancel();
            return;
        }

        await CancelSender.SendAsync(target).ConfigureAwait(false);
        lock (_gate)
            _cancels--;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var held = _connection;
        if (held is null)
            return;
        Release();
        held.Dispose();
        if (!_isPlaceLeft)
            _place?.Links.Leave();
    }

    private async ValueTask GiveBackAsync(CoordinatorLink link, CancellationToken cancellation)
    {
        while (true)
        {
            // A request to cancel that is under way must not meet with the next holder.
            while (Volatile.Read(ref _cancels) > 0)
                await Task.Delay(1, cancellation).ConfigureAwait(false);
            if (link.Connection.Flushes != _flushes && !await FindsNothingAsync(link, cancellation).ConfigureAwait(false))
                return;
            lock (_gate)
            {
                if (_cancels == 0)
                {
                    _parameters = _place!.Keep(link.Connection.Parameters);
                    Release();
                    break;
                }
            }

            // It may come to the link as late as that: another question takes it.
            _flushes = -1;
        }

        _place.Links.Return(link);
    }

    private async Task<bool> FindsNothingAsync(CoordinatorLink link, CancellationToken cancellation)
    {
        LinkFindings found;
        try
        {
            found = await LinkFindings.ReadAsync(Session!.Context, cancellation).ConfigureAwait(false);
        }
        catch (PgException) when (link.Connection.IsHealthy)
        {
            // A time limit of the session's, or a cancellation: the link stays until it can be asked.
            return false;
        }

        _flushes = link.Connection.Flushes;
        MayHoldLocks &= found.Pins.HasFlag(PinReasons.AdvisoryLocks);
        Settings = found.Own.Settings;
        link.Settings = Settings;
        link.Statements.Clear();
        foreach (var (name, statement) in Statements!().Where(s => found.Statements.Remove(s.Name)))
            link.Statements[name] = statement with { Settings = Settings.Sql, Rows = _rows.GetValueOrDefault(name) };
        link.CustomSettings.UnionWith(Session!.Context.CustomSettings);
        link.CustomSettings.UnionWith(found.Own.Custom);
        Session.Context.CustomSettings.UnionWith(found.Own.Custom);

        // A statement that the session knows nothing of.
        _found = found.Statements.Count > 0 ? found.Pins | PinReasons.PreparedStatements : found.Pins;
        return _found == PinReasons.None;
    }

    private async ValueTask<BackendConnection> LendAsync(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var link = await _waits.RunAsync(MayLiftLimit ? SessionSettings.Default : Settings, stop => _place!.LendAsync(this, stop), cancellation).ConfigureAwait(false);
            try
            {
                await LayAsync(link, cancellation).ConfigureAwait(false);
                Take(link);
                return link.Connection;
            }
            catch (PgException e) when (e.Code == SqlState.QueryCanceled && attempt < Attempts)
            {
                // The time limit of its last holder was in force to begin with.
                link.Dispose();
                _place!.Links.Leave();
            }
            catch
            {
                link.Dispose();
                _place!.Links.Leave();
                throw;
            }
        }
    }

    private void Take(CoordinatorLink link)
    {
        link.LastHolder = this;
        lock (_gate)
        {
            _link = link;
            _connection = link.Connection;
            _parameters = link.Connection.Parameters;
        }

        Loans++;
        _flushes = link.Connection.Flushes;
        var session = Session!;
        session.Context.Router.Sessions.Lent(link.Connection.ProcessId, session);
        session.Context.TakeLink();
    }

    private void Release()
    {
        if (_connection is not { } held)
            return;
        if (Session is { } session)
            session.Context.Router.Sessions.GivenBack(held.ProcessId, session);
        held.OnNotice = null;
        held.OnStatus = null;
        _found = PinReasons.None;
        _connection = null;
        _link = null;
    }

    /// <summary>Brings a link to the session's state.</summary>
    private async Task LayAsync(CoordinatorLink link, CancellationToken cancellation)
    {
        var connection = link.Connection;
        try
        {
            var sql = link.LastHolder is not null && link.LastHolder != this ? "DISCARD SEQUENCES" : "";
            if (link.Settings.Sql != Settings.Sql)
                sql += (sql.Length > 0 ? "; " : "") + Settings.Sql;
            if (sql.Length > 0)
                await connection.QueryAsync(sql, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (connection.IsHealthy)
        {
            // Going on without them would be as somebody else.
            throw new PgException(new PgError { Severity = "FATAL", Code = e.Code, Message = "terminating connection because its settings cannot be made again", Detail = e.Error.Message }, e);
        }

        link.Settings = Settings;
        await LayStatementsAsync(link, cancellation).ConfigureAwait(false);
    }

    private async Task LayStatementsAsync(CoordinatorLink link, CancellationToken cancellation)
    {
        var connection = link.Connection;
        var wanted = Statements!().ToDictionary(s => s.Name, s => s.Statement with { Settings = Settings.Sql, Rows = _rows.GetValueOrDefault(s.Name) });
        var stale = link.Statements.Where(s => !(wanted.TryGetValue(s.Key, out var same) && same.IsSame(s.Value))).Select(s => s.Key).ToList();
        _changed.Clear();
        foreach (var name in stale)
        {
            link.Statements.Remove(name);
            FrontendMessages.Close(connection.Out, (byte)'S', name);
        }

        var missing = wanted.Where(s => !link.Statements.ContainsKey(s.Key)).ToList();
        if (stale.Count + missing.Count == 0)
            return;
        FrontendMessages.Sync(connection.Out);
        foreach (var (name, statement) in missing)
        {
            FrontendMessages.Parse(connection.Out, name, statement.Text, statement.Types);
            if (statement.Rows is not null)
                FrontendMessages.Describe(connection.Out, (byte)'S', name);
            FrontendMessages.Sync(connection.Out);
        }

        await connection.FlushAsync(cancellation).ConfigureAwait(false);
        await connection.ReadResultAsync(cancellation).ConfigureAwait(false);
        foreach (var (name, statement) in missing)
        {
            var (isThere, rows) = await ReadParsedAsync(connection, cancellation).ConfigureAwait(false);

            // Where what it names is gone, the client is told when it uses it.
            if (!isThere)
                continue;
            link.Statements[name] = statement with { Rows = rows };
            if (statement.Rows is { } before && !RowDescriptions.HaveSameShape(before, rows ?? []))
                _changed.Add(name);
        }
    }

    private static async Task<(bool IsThere, byte[]? Rows)> ReadParsedAsync(BackendConnection connection, CancellationToken cancellation)
    {
        var isThere = true;
        byte[]? rows = null;
        while (true)
        {
            var message = await connection.ReadReplyAsync(cancellation).ConfigureAwait(false);
            switch (message.Type)
            {
                case BackendCode.RowDescription:
                    rows = message.Body.ToArray();
                    break;
                case BackendCode.NoData:
                    rows = [];
                    break;
                case BackendCode.ErrorResponse:
                    var error = connection.Failure(ErrorFields.Read(message.Body.Span));
                    isThere = false;
                    if (!connection.IsHealthy)
                        throw new PgException(error);
                    break;
                case BackendCode.ReadyForQuery:
                    return (isThere, rows);
            }
        }
    }
}
