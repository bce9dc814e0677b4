using System.Diagnostics;
using Npgsql;
using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Deadlocks;
using Tangelo.Server.Loopback;
using Tangelo.Server.Statements;
using Tangelo.Sql.Parsing;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Sessions;

/// <summary>One client from its first ReadyForQuery to its end: takes messages in order and gives them to the protocol they belong to.</summary>
internal sealed class ClientSession
{
    private static readonly TimeSpan ListenInterval = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] TerminateMessage = [FrontendCode.Terminate, 0, 0, 0, 4];

    private readonly SessionContext _context;
    private readonly SimpleQuery _simple;
    private readonly ExtendedQuery _extended;
    private readonly LinkRelay _relay;
    private readonly StatementCancel _cancel;
    private readonly ClientWait _wait = new();
    private volatile bool _busy;
    private volatile bool _isAbandoned;
    private long _busySince;
    private Deadlock? _deadlock;

    public ClientSession(SessionContext context)
    {
        _context = context;
        KeyPid = LinkPid;
        _relay = new LinkRelay(context);
        _cancel = new StatementCancel(() => _busy, () => _context.Blocks.IsEnding, SendCancelsAsync);
        var statements = new StatementSource(context);
        var runner = new StatementRunner(context);
        var transactions = new TransactionCommands(context, _relay);
        var batch = new LinkBatch(context, _relay);
        var prepared = new ClientStatements(context, statements, batch);
        context.Lease.Session = this;
        context.Lease.Statements = prepared.OnLink;
        _simple = new SimpleQuery(context, statements, prepared, runner, _relay, transactions);
        _extended = new ExtendedQuery(context, prepared, batch, runner, _relay, transactions);
    }

    /// <summary>The backend pid of the coordinator link that the session has now.</summary>
    public int LinkPid => _context.Lease.ProcessId;

    /// <summary>True while its link is this backend, and not one that had the process id before.</summary>
    public bool IsLinkedTo(CoordinatorBackend backend) => LinkPid == backend.Pid && _context.Lease.ProcessStart == backend.Start;

    /// <summary>The pid of its cancel key, as the client knows it: that of its first link.</summary>
    public int KeyPid { get; }

    public SessionContext Context => _context;

    /// <summary>How long the session has been at its present messages; zero while it waits for the client.</summary>
    public TimeSpan BusyFor => _busy ? Stopwatch.GetElapsedTime(Volatile.Read(ref _busySince)) : TimeSpan.Zero;

    /// <summary>Cancels the session's statement as the victim of a deadlock.</summary>
    public Task CancelForDeadlockAsync(Deadlock deadlock)
    {
        _deadlock = deadlock;
        return CancelAsync();
    }

    /// <summary>Cancels what the session does now, wherever it works.</summary>
    public Task CancelAsync() => _cancel.RequestAsync();

    private async Task SendCancelsAsync()
    {
        await _context.Lease.CancelAsync().ConfigureAwait(false);
        await _context.Transaction.CancelAsync().ConfigureAwait(false);
        await _context.Readers.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the session: pg_terminate_backend. What it does is cancelled and rolled back, wherever it works.</summary>
    public async Task TerminateAsync()
    {
        _isAbandoned = true;
        await CancelAsync().ConfigureAwait(false);
        if (!_busy)
            await EndIdleAsync(new PgError { Severity = "FATAL", Code = SqlState.AdminShutdown, Message = "terminating connection due to administrator command" }).ConfigureAwait(false);
    }

    // While it waits for its client.
    private async Task EndIdleAsync(PgError lastWords)
    {
        try
        {
            ErrorFields.Write(_context.Client.Out, lastWords);
            await _context.Client.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The client has gone by itself.
        }

        _context.Client.Abort();
    }

    /// <summary>
    /// A client that has closed its connection, or said Terminate, waits for nothing any more: what its session still does is
    /// cancelled, and the session ends.
    /// </summary>
    public async Task EndIfAbandonedAsync()
    {
        if (!_busy)
            return;
        var client = _context.Client;
        _isAbandoned |= client.PeerHasClosed
            || (!_context.ReadsCopyData && client.In.Length == 0 && await client.WaitsExactlyAsync(TerminateMessage).ConfigureAwait(false));
        if (_isAbandoned)
            await CancelAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Passes on what the link says by itself while the session waits for its client. When that is the end of the link, it is the end of the session, and the client is told at once: it may be
    /// a pool that keeps its connections for long.
    /// </summary>
    public Task RelayIdleLinkAsync() => !_busy && _context.Lease.HasWaiting ? _wait.LookAsync(LookAtLinkAsync) : Task.CompletedTask;

    private async Task LookAtLinkAsync()
    {
        // In the middle of the client's messages the link has answers for it.
        if (_extended.IsOpen || _context.Replies.IsWaiting || !_context.Lease.BeginLook(out var isParked))
            return;
        try
        {
            await _relay.RelayWaitingAsync(CancellationToken.None).ConfigureAwait(false);
            if (isParked)
                _context.Lease.ParkAgain();
        }
        catch (PgException e)
        {
            await EndIdleAsync(e.Error with { Severity = "FATAL" }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException or IOException)
        {
            _context.Client.Abort();
        }
    }

    /// <summary>Serves the client until it leaves, the link breaks, or the router stops.</summary>
    public async Task ServeAsync(CancellationToken stopping)
    {
        var secret = _context.Router.Sessions.Add(this);
        try
        {
            Greet(secret);
            await RunAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            _context.Router.Sessions.Remove(this, secret);
            await EndAsync().ConfigureAwait(false);
        }
    }

    private void Greet(int secret)
    {
        var output = _context.Client.Out;
        BackendMessages.AuthenticationOk(output);
        foreach (var (name, value) in _context.Parameters)
            BackendMessages.ParameterStatus(output, name, value);
        BackendMessages.BackendKeyData(output, KeyPid, secret);
        BackendMessages.ReadyForQuery(output, _context.Blocks.Status);
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        var client = _context.Client;
        while (true)
        {
            if (!client.In.TryTakeMessage(out var type, out var body))
            {
                if (client.In.TryPeekHeader(out type, out var size))
                    FrontendLimits.Check(type, size);
                await client.FlushAsync(stopping).ConfigureAwait(false);
                if (!_extended.IsOpen)
                    await _context.LimitClientAsync(stopping).ConfigureAwait(false);
                _busy = false;
                var atBoundary = _context.Blocks.Phase == TransactionPhase.Idle && !_extended.IsOpen && client.In.Length == 0;
                var ending = atBoundary ? _context.Router.Draining : stopping;
                var isHere = atBoundary && _context.Lease.IsLent
                    ? await RestAsync(ending, stopping).ConfigureAwait(false)
                    : await FillAsync(ending).ConfigureAwait(false);
                if (!isHere)
                    return;
                Volatile.Write(ref _busySince, Stopwatch.GetTimestamp());
                _deadlock = null;
                _busy = true;
                continue;
            }

            if (type == FrontendCode.Terminate)
            {
                _busy = false;
                return;
            }

            await HandleAsync(type, body, stopping).ConfigureAwait(false);
            if (type is FrontendCode.Query or FrontendCode.Sync or FrontendCode.FunctionCall)
                await _cancel.StatementEndedAsync().ConfigureAwait(false);
            if (_isAbandoned)
                return;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken stopping)
    {
        if (_context.Listens)
            return await FillListeningAsync(stopping).ConfigureAwait(false);
        _wait.Begin();
        try
        {
            return await _context.Client.FillAsync(_context.Client.In.MissingBytes(), stopping).ConfigureAwait(false);
        }
        finally
        {
            await _wait.EndAsync().ConfigureAwait(false);
        }
    }

    // Meanwhile the link may go to another session.
    private async ValueTask<bool> RestAsync(CancellationToken ending, CancellationToken stopping)
    {
        await _context.Lease.RestAsync(stopping).ConfigureAwait(false);
        try
        {
            return await FillAsync(ending).ConfigureAwait(false);
        }
        finally
        {
            await _context.Lease.ResumeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask HandleAsync(byte type, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        try
        {
            await RunMessageAsync(type, body, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (_context.Lease.IsHealthy && e.Error.Severity is not ("FATAL" or "PANIC"))
        {
            _context.Blocks.Fail();
            var error = CoordinatorMessages.Clean(e.Error, _context.Map) ?? e.Error;
            ErrorFields.Write(_context.Client.Out, AsDeadlock(error));
            if (_context.LostSync)
                throw new PgException(new PgError { Severity = "FATAL", Code = SqlState.ProtocolViolation, Message = "terminating connection because protocol synchronization was lost" }, e);
            if (type is FrontendCode.Query or FrontendCode.Sync or FrontendCode.FunctionCall)
                BackendMessages.ReadyForQuery(_context.Client.Out, _context.Blocks.Status);
            else
                await _extended.FailAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask RunMessageAsync(byte type, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        try
        {
            switch (type)
            {
                case FrontendCode.Query:
                    var joined = _extended.IsOpen;
                    if (joined && !await _extended.JoinSimpleQueryAsync(cancellation).ConfigureAwait(false))
                        break;
                    _extended.ForgetUnnamed();
                    _context.Lease.Announce(body.Span);
                    await _simple.RunAsync(QueryText(body), joined && _context.Blocks.Phase == TransactionPhase.Implicit, cancellation).ConfigureAwait(false);
                    BackendMessages.ReadyForQuery(_context.Client.Out, _context.Blocks.Status);
                    break;
                case FrontendCode.FunctionCall:
                    if (_extended.IsOpen && !await _extended.JoinSimpleQueryAsync(cancellation).ConfigureAwait(false))
                        break;
                    await CallFunctionAsync(body, cancellation).ConfigureAwait(false);
                    BackendMessages.ReadyForQuery(_context.Client.Out, _context.Blocks.Status);
                    break;
                case FrontendCode.Parse or FrontendCode.Bind or FrontendCode.Describe or FrontendCode.Execute or FrontendCode.Close:
                    await _extended.HandleAsync(type, body, cancellation).ConfigureAwait(false);
                    break;
                case FrontendCode.Flush:
                    new MessageReader(body.Span).RequireEnd();
                    await _extended.FlushAsync(cancellation).ConfigureAwait(false);
                    await _context.Client.FlushAsync(cancellation).ConfigureAwait(false);
                    break;
                case FrontendCode.Sync:
                    new MessageReader(body.Span).RequireEnd();
                    await _extended.SyncAsync(cancellation).ConfigureAwait(false);
                    BackendMessages.ReadyForQuery(_context.Client.Out, _context.Blocks.Status);
                    break;
                case FrontendCode.CopyData or FrontendCode.CopyDone or FrontendCode.CopyFail:
                    // Left over from a COPY that failed: PostgreSQL ignores it too.
                    break;
                default:
                    throw new PgException(new PgError { Severity = "FATAL", Code = SqlState.ProtocolViolation, Message = $"invalid frontend message type {type}" });
            }
        }
        catch (PostgresException e)
        {
            // What the router asks the coordinator beside the session's link: nobody knows how far the statement has come, so the session ends, and with it what it has not committed.
            throw new PgException(new PgError { Severity = "FATAL", Code = e.SqlState, Message = e.MessageText, Detail = e.Detail, Hint = e.Hint }, e);
        }
        catch (NpgsqlException e)
        {
            throw new PgException(_context.Router.Coordinator.Lost(e.InnerException?.Message ?? e.Message, e).Error with { Severity = "FATAL" }, e);
        }
    }

    private static ReadOnlyMemory<byte> QueryText(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var length = reader.ReadCStringBytes().Length;
        reader.RequireEnd();
        return body[..length];
    }

    private async ValueTask CallFunctionAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (_context.Blocks.Phase == TransactionPhase.Failed)
            throw TransactionCommands.Aborted();
        await _relay.FunctionCallAsync(body, cancellation).ConfigureAwait(false);
        await _context.LinkStatementEndedAsync(StatementEffects.Settings | StatementEffects.SessionLocks, _relay.SawError, cancellation).ConfigureAwait(false);
        if (_context.Blocks.Phase != TransactionPhase.Implicit)
            return;
        if (_relay.SawError)
            await _context.Blocks.RollbackAsync(cancellation).ConfigureAwait(false);
        else
            await _context.Blocks.CommitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits for the client, passing on what the link has to say meanwhile.</summary>
    private async ValueTask<bool> FillListeningAsync(CancellationToken stopping)
    {
        var filling = _context.Client.FillAsync(_context.Client.In.MissingBytes(), stopping).AsTask();
        while (await Task.WhenAny(filling, Task.Delay(ListenInterval, stopping)).ConfigureAwait(false) != filling)
            await _relay.RelayWaitingAsync(stopping).ConfigureAwait(false);
        return await filling.ConfigureAwait(false);
    }

    /// <summary>The cancellation of a deadlock's victim, as PostgreSQL words a deadlock.</summary>
    private PgError AsDeadlock(PgError error) =>
        _deadlock is { } deadlock && error.Code == SqlState.QueryCanceled ? deadlock.Explain(error, _context.Map, SeesAll ? null : _context.User) : error;

    private bool SeesAll => _context.Parameters.GetValueOrDefault("is_superuser") == "on";

    private async ValueTask EndAsync()
    {
        // The link may be in the middle of a statement, where it does not see that its connection is closed.
        if (_busy)
            await _context.Lease.CancelAsync().ConfigureAwait(false);
        _context.LoopbackTransaction.Abandon();
        await _context.Readers.CancelAsync().ConfigureAwait(false);
        _context.Readers.Abort();
        if (_context.Transaction.Participants.Count == 0)
            return;

        // What the client left open is rolled back; a node that still works for it is told to stop.
        await _context.Transaction.CancelAsync().ConfigureAwait(false);
        _context.Transaction.Abort();
    }
}
