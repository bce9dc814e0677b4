using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>
/// The extended query protocol. What concerns only the coordinator is passed on with the client's own names; the rest has its
/// statements and portals here. Everything up to a Sync is one implicit transaction over both.
/// </summary>
internal sealed class ExtendedQuery(
    SessionContext context, ClientStatements statements, LinkBatch batch, StatementRunner runner, LinkRelay relay, TransactionCommands transactions)
{
    private readonly Dictionary<string, DistributedPortal> _portals = [];
    private readonly Dictionary<string, CompiledStatement> _linkPortals = [];
    private readonly PortalRunner _portalRunner = new(context, statements, runner);
    private StatementEffects _batchEffects;
    private StatementEffects _unparsedEffects;
    private bool _ran;
    private int _transactionsEnded;

    /// <summary>True after an error: messages up to Sync are skipped.</summary>
    public bool Skipping { get; private set; }

    /// <summary>True while messages wait for a Sync in some way.</summary>
    public bool IsOpen => Skipping || context.LinkIsInBatch || context.Blocks.Phase == TransactionPhase.Implicit;

    /// <summary>Handles one message of the extended protocol other than Sync and Flush.</summary>
    /// <exception cref="PgException">What is wrong; the caller calls <see cref="FailAsync"/>.</exception>
    public async ValueTask HandleAsync(byte type, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (Skipping || context.Replies.Skipping)
            return;
        await ForgetAsync().ConfigureAwait(false);
        try
        {
            await DispatchAsync(type, body, cancellation).ConfigureAwait(false);
        }
        catch (BatchSkippedException)
        {
            // The client knows.
        }
        catch (PgException) when (context.Replies.IsWaiting && context.Lease.IsHealthy)
        {
            // Answers come in the order of the questions, and of two errors only the first counts.
            await relay.DrainAsync(cancellation).ConfigureAwait(false);
            if (!context.Replies.Skipping)
                throw;
        }
    }

    /// <summary>Flush: everything that is owed goes to the client.</summary>
    public ValueTask FlushAsync(CancellationToken cancellation) => relay.DrainAsync(cancellation);

    /// <summary>
    /// A simple query in the middle of a batch belongs to the batch's transaction and ends it. It is skipped, without any answer,
    /// if the batch has failed.
    /// </summary>
    /// <returns>False when it is skipped.</returns>
    public async ValueTask<bool> JoinSimpleQueryAsync(CancellationToken cancellation)
    {
        await relay.DrainAsync(cancellation).ConfigureAwait(false);
        if (Skipping || context.Replies.Skipping)
            return false;
        context.Follow(TakeEffects());
        _ran = false;
        if (context.Blocks.Phase is TransactionPhase.Idle or TransactionPhase.Implicit)
        {
            // BEGIN takes what the link has done for the batch into its block.
            context.Blocks.OpenImplicit(withLink: true);
            await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
            context.Replies.Synced();
        }
        else if (context.LinkIsInBatch)
        {
            await relay.SyncAsync(cancellation).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>A simple query drops the unnamed statement and the unnamed portal.</summary>
    public void ForgetUnnamed()
    {
        statements.Remove("");
        if (_portals.Count > 0)
            _portals.Remove("");
    }

    /// <summary>Sync: ends the implicit transaction.</summary>
    public async ValueTask SyncAsync(CancellationToken cancellation)
    {
        var failed = Skipping;
        Skipping = false;
        try
        {
            if (context.Replies.IsWaiting)
                await relay.DrainAsync(cancellation).ConfigureAwait(false);
            failed |= context.Replies.Skipping;

            // The link first: what it calls back while it undoes its part must not meet with the rollback of the workers.
            if (failed && context.LinkIsInBatch && context.Lease.IsHealthy)
                await relay.SyncAsync(cancellation).ConfigureAwait(false);
            if (failed)
                await runner.FailAsync().ConfigureAwait(false);
            else
                await runner.EndImplicitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (context.LinkIsInBatch && context.Lease.IsHealthy)
                await relay.SyncAsync(cancellation).ConfigureAwait(false);
            statements.Settle(failed);
            if (context.Blocks.Phase is TransactionPhase.Idle && _portals.Count + _linkPortals.Count > 0)
                await ClosePortalsAsync().ConfigureAwait(false);
            _ran = false;
        }

        await context.LinkStatementEndedAsync(TakeEffects(), failed, cancellation).ConfigureAwait(false);
    }

    private StatementEffects TakeEffects()
    {
        var effects = relay.TakeSyntaxError() ? _batchEffects : _batchEffects | _unparsedEffects;
        _batchEffects = _unparsedEffects = StatementEffects.None;
        return effects;
    }

    /// <summary>An error of ours in the middle of a batch: the client's messages up to Sync are skipped, and the link's part is undone.</summary>
    public async ValueTask FailAsync(CancellationToken cancellation)
    {
        Skipping = true;
        if (context.LinkIsInBatch)
            await batch.FailAsync(cancellation).ConfigureAwait(false);
        await runner.FailAsync().ConfigureAwait(false);
    }

    private ValueTask DispatchAsync(byte type, ReadOnlyMemory<byte> body, CancellationToken cancellation) => type switch
    {
        FrontendCode.Parse => statements.ParseAsync(body, cancellation),
        FrontendCode.Bind => BindAsync(body, cancellation),
        FrontendCode.Describe => DescribeAsync(body, cancellation),
        FrontendCode.Execute => ExecuteAsync(body, cancellation),
        FrontendCode.Close => CloseAsync(body, cancellation),
        _ => throw new PgException(SqlState.ProtocolViolation, $"unexpected message type {type}"),
    };

    private async ValueTask BindAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var (portal, name, tail) = ExtendedMessages.Bind(body);
        var statement = await statements.FindAsync(name, cancellation).ConfigureAwait(false);
        context.Snapshot.IsHeldOff = statement?.Compiled.NeedsNoSnapshot == true;
        if (context.Blocks.Phase == TransactionPhase.Failed)
        {
            if (statement?.Compiled is TransactionControl control)
                TransactionCommands.RequireEndOfFailedBlock(new PgQuery.Node { TransactionStmt = control.Statement });
            else if (statement?.Compiled is not EmptyStatement)
                throw TransactionCommands.Aborted();
        }

        if (portal.Length > 0 && (_portals.ContainsKey(portal) || _linkPortals.ContainsKey(portal)))
            throw new PgException("42P03", $"cursor \"{portal}\" already exists");
        if (statement?.Compiled is LinkStatement { Executes: not null } execute
            && await statements.ResolveAsync(execute, cancellation).ConfigureAwait(false) is var (executed, values))
        {
            var formats = new ParameterSet(tail.ToArray()).ResultFormats;
            BindFormats.Check(tail.Span, name, portal, 0, context.Parameters.GetValueOrDefault("client_encoding") == "UTF8", ((DistributedStatement)executed.Compiled).ResultColumns.Length);
            _linkPortals.Remove(portal);
            _portals[portal] = new DistributedPortal(portal, executed, executed.Compiled, values.WithResults(formats));
            BackendMessages.Empty(context.Client.Out, BackendCode.BindComplete);
            return;
        }

        if (statement?.Compiled is null or LinkStatement or EmptyStatement)
        {
            var link = await batch.EnterAsync(cancellation).ConfigureAwait(false);
            await RequireSameRowsAsync(name, cancellation).ConfigureAwait(false);
            link.Out.WriteMessage(FrontendCode.Bind, body.Span);
            context.Replies.Sent(FrontendCode.Bind);
            _portals.Remove(portal);
            if (statement is not null)
                _linkPortals[portal] = statement.Compiled;
            return;
        }

        await batch.DrainAsync(cancellation).ConfigureAwait(false);
        statement.RequireSameRows();
        var distributed = statement.Compiled as DistributedStatement;
        BindFormats.Check(tail.Span, name, portal, distributed?.ParameterTypes.Length ?? 0, context.Parameters.GetValueOrDefault("client_encoding") == "UTF8", distributed?.ResultColumns.Length);
        _linkPortals.Remove(portal);
        _portals[portal] = new DistributedPortal(portal, statement, statement.Compiled, new ParameterSet(tail.ToArray()));
        BackendMessages.Empty(context.Client.Out, BackendCode.BindComplete);
    }

    private async ValueTask DescribeAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var (kind, name) = ExtendedMessages.Named(body);
        CompiledStatement? statement;
        ClientStatement? prepared = null;
        ParameterSet? parameters = null;
        if (kind == (byte)'S')
            statement = (prepared = await statements.FindAsync(name, cancellation).ConfigureAwait(false))?.Compiled;
        else if (_portals.TryGetValue(name, out var portal))
            (statement, parameters) = (portal.Statement, portal.Parameters);
        else
            statement = null;

        if (statement is null or LinkStatement or EmptyStatement)
        {
            var link = await batch.EnterAsync(cancellation).ConfigureAwait(false);
            if (kind == (byte)'S')
                await RequireSameRowsAsync(name, cancellation).ConfigureAwait(false);
            link.Out.WriteMessage(FrontendCode.Describe, body.Span);
            context.Replies.Sent(FrontendCode.Describe, kind);
            return;
        }

        await batch.DrainAsync(cancellation).ConfigureAwait(false);
        var distributed = statement as DistributedStatement;
        if (context.Blocks.Phase == TransactionPhase.Failed && distributed?.DescribedRows is not null)
            throw TransactionCommands.Aborted();
        var output = context.Client.Out;
        if (kind == (byte)'S')
        {
            output.Begin(BackendCode.ParameterDescription);
            var types = distributed?.ParameterTypes ?? [];
            output.WriteInt16(types.Length);
            foreach (var type in types)
                output.WriteInt32((int)type.Value);
            output.End();
            prepared?.RequireSameRows();
        }

        if (distributed?.DescribedRows is { } rows)
            RowDescriptions.Write(output, rows, parameters);
        else
            BackendMessages.Empty(output, BackendCode.NoData);
    }

    // What the client has prepared on another link, before a table changed.
    private ValueTask RequireSameRowsAsync(string name, CancellationToken cancellation) =>
        context.Lease.HasChanged(name) ? RefuseAsync(cancellation) : ValueTask.CompletedTask;

    private async ValueTask RefuseAsync(CancellationToken cancellation)
    {
        await batch.DrainAsync(cancellation).ConfigureAwait(false);
        throw ClientStatement.OtherRows();
    }

    private async ValueTask ExecuteAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var (name, maxRows) = ExtendedMessages.Execute(body);
        context.Snapshot.IsHeldOff = (_portals.GetValueOrDefault(name)?.Statement ?? _linkPortals.GetValueOrDefault(name))?.NeedsNoSnapshot == true;
        if (!_portals.TryGetValue(name, out var portal))
        {
            await ExecuteOnLinkAsync(name, body, cancellation).ConfigureAwait(false);
            return;
        }

        await batch.DrainAsync(cancellation).ConfigureAwait(false);
        portal.RequireNotDone();
        switch (portal.Statement)
        {
            case TransactionControl control:
                portal.IsDone = true;
                await RunControlAsync(control, cancellation).ConfigureAwait(false);
                break;
            case AcceptedStatement accepted:
                portal.IsDone = true;
                await context.Router.CreateExtensionAsync(context.Database, cancellation).ConfigureAwait(false);
                BackendMessages.CommandComplete(context.Client.Out, accepted.Tag);
                break;
            case DistributedStatement distributed:
                if (context.Blocks.Phase == TransactionPhase.Failed)
                    throw TransactionCommands.Aborted();
                var begins = portal is { Spool: null, IsDone: false };
                await _portalRunner.RunAsync(portal, distributed, maxRows, begins && MoreFollows(), cancellation).ConfigureAwait(false);
                if (begins)
                    _batchEffects |= distributed.Effects;
                break;
        }
    }

    private async ValueTask ExecuteOnLinkAsync(string portal, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var link = await batch.EnterAsync(cancellation).ConfigureAwait(false);
        var statement = _linkPortals.GetValueOrDefault(portal) as LinkStatement;
        if (statement is not null)
        {
            statements.RequireLinkCanRun(statement);
            if (statement.Effects.HasFlag(StatementEffects.Unparsed))
                _unparsedEffects |= statement.Effects;
            else
                _batchEffects |= statement.Effects;
            await PrepareAsync(statement, cancellation).ConfigureAwait(false);
            if (statement.SetsTransactionMode && context.Blocks.Phase == TransactionPhase.Block)
                context.Blocks.AddMode(System.Text.Encoding.UTF8.GetString(statement.Text));
            if (statement.UsesCursor is { } cursor)
                context.Cursors.Sent(cursor);
            if (statement.Deallocates is { } dropped)
                context.Deallocated.Enqueue(dropped);
        }

        if (statement is { Moves: { } moves })
        {
            await batch.DrainAsync(cancellation).ConfigureAwait(false);
            await context.BeginMovesAsync(moves, cancellation).ConfigureAwait(false);
        }

        link.Out.WriteMessage(FrontendCode.Execute, body.Span);
        context.Replies.Sent(FrontendCode.Execute);
        _ran = true;
        // What follows in the batch runs under the new settings already.
        if (statement is not null && statement.Effects.HasFlag(StatementEffects.Settings))
            context.SettingsMayHaveChanged();

        if (statement is { Prepares: { } prepare })
        {
            await batch.DrainAsync(cancellation).ConfigureAwait(false);
            statements.Add(prepare);
        }

        if (statement is { Moves: not null })
        {
            try
            {
                await batch.DrainAsync(cancellation).ConfigureAwait(false);
            }
            finally
            {
                context.LockedByStatement = [];
            }
        }

        // The messages that come next are the data, and a Sync among them counts for nothing.
        if (statement is { ReadsClientData: true })
            await batch.DrainAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>BEGIN takes what the batch has done so far into its block; COMMIT and ROLLBACK without a block end the batch's transaction.</summary>
    private async ValueTask RunControlAsync(TransactionControl control, CancellationToken cancellation)
    {
        if (!context.LinkIsInBatch)
        {
            await transactions.RunAsync(control, cancellation).ConfigureAwait(false);
            return;
        }

        var outside = context.Blocks.Phase is TransactionPhase.Idle or TransactionPhase.Implicit;
        switch (control.Statement.Kind)
        {
            case PgQuery.TransactionStmtKind.TransStmtBegin or PgQuery.TransactionStmtKind.TransStmtStart when outside:
                await transactions.RunAsync(control, cancellation).ConfigureAwait(false);
                await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
                context.Replies.Synced();
                return;
            case PgQuery.TransactionStmtKind.TransStmtCommit when context.Blocks.Phase == TransactionPhase.Implicit:
                break;
            case PgQuery.TransactionStmtKind.TransStmtRollback when outside:
                await batch.FailAsync(cancellation).ConfigureAwait(false);
                break;
            default:
                await relay.SyncAsync(cancellation).ConfigureAwait(false);
                break;
        }

        await transactions.RunAsync(control, cancellation).ConfigureAwait(false);
    }

    private async ValueTask CloseAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var (kind, name) = ExtendedMessages.Named(body);
        bool ours;
        if (kind == (byte)'S')
        {
            ours = statements.Remove(name) is { } statement && !statement.IsOnLink(name);
        }
        else
        {
            ours = _portals.Remove(name, out var portal);
            _linkPortals.Remove(name);
            if (portal is not null)
                await portal.DisposeAsync().ConfigureAwait(false);
        }

        if (!ours)
        {
            var link = await context.Lease.EnsureAsync(cancellation).ConfigureAwait(false);
            link.Out.WriteMessage(FrontendCode.Close, body.Span);
            context.Replies.Sent(FrontendCode.Close);
            return;
        }

        await batch.DrainAsync(cancellation).ConfigureAwait(false);
        BackendMessages.Empty(context.Client.Out, BackendCode.CloseComplete);
    }

    /// <summary>
    /// True unless this is the first Execute since the last Sync and the client's next message is that Sync: only then is the
    /// statement a transaction by itself.
    /// </summary>
    private bool MoreFollows()
    {
        var first = !_ran && !context.LinkIsInBatch;
        _ran = true;
        return !(first && context.Client.In.TryPeekHeader(out var type, out _) && type == FrontendCode.Sync);
    }

    private async ValueTask PrepareAsync(LinkStatement statement, CancellationToken cancellation)
    {
        // A batch of which the workers are already part, or will be, must not be committed by the loopback.
        if (context.Transaction.IsOpen && context.Blocks.Phase == TransactionPhase.Idle)
            context.Blocks.OpenImplicit();
        if (!context.SettingsAreKnown)
            await batch.DrainAsync(cancellation).ConfigureAwait(false);
        await context.PrepareLinkStatementAsync(statement, cancellation).ConfigureAwait(false);
    }

    /// <summary>Forgets what others have ended since the last message.</summary>
    private async ValueTask ForgetAsync()
    {
        statements.Forget();
        if (_transactionsEnded == context.TransactionsEnded)
            return;
        _transactionsEnded = context.TransactionsEnded;
        await ClosePortalsAsync().ConfigureAwait(false);
    }

    private async ValueTask ClosePortalsAsync()
    {
        foreach (var portal in _portals.Values)
            await portal.DisposeAsync().ConfigureAwait(false);
        _portals.Clear();
        _linkPortals.Clear();
    }
}
