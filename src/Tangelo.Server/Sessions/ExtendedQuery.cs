using System.Collections.Immutable;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>
/// The extended query protocol. What concerns only the coordinator is passed on with the client's own names; the rest has its
/// statements and portals here. Everything up to a Sync is one implicit transaction over both.
/// </summary>
internal sealed class ExtendedQuery(
    SessionContext context, StatementSource statements, StatementRunner runner, LinkRelay relay, TransactionCommands transactions)
{
    private readonly Dictionary<string, CompiledStatement> _statements = [];
    private readonly Dictionary<string, DistributedPortal> _portals = [];
    private readonly HashSet<string> _linkPortals = [];
    private readonly Dictionary<string, CompiledStatement> _linkPortalStatements = [];
    private readonly TransportSink _sink = new(context.Client);
    private StatementEffects _batchEffects;
    private bool _ran;
    private int _statementsForgotten;

    /// <summary>True after an error: messages up to Sync are skipped.</summary>
    public bool Skipping { get; private set; }

    /// <summary>Handles one message of the extended protocol other than Sync and Flush.</summary>
    /// <exception cref="PgException">What is wrong; the caller calls <see cref="FailAsync"/>.</exception>
    public ValueTask HandleAsync(byte type, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (Skipping || context.Replies.Skipping)
            return ValueTask.CompletedTask;
        if (_statementsForgotten != context.StatementsForgotten)
        {
            _statementsForgotten = context.StatementsForgotten;
            _statements.Clear();
        }

        return type switch
        {
            FrontendCode.Parse => ParseAsync(body, cancellation),
            FrontendCode.Bind => BindAsync(body, cancellation),
            FrontendCode.Describe => DescribeAsync(body, cancellation),
            FrontendCode.Execute => ExecuteAsync(body, cancellation),
            FrontendCode.Close => CloseAsync(body, cancellation),
            _ => throw new PgException(SqlState.ProtocolViolation, $"unexpected message type {type}"),
        };
    }

    /// <summary>Flush: everything that is owed goes to the client.</summary>
    public ValueTask FlushAsync(CancellationToken cancellation) => relay.DrainAsync(cancellation);

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
            if (failed)
                await runner.FailAsync().ConfigureAwait(false);
            else
                await runner.EndImplicitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (context.LinkIsInBatch)
                await relay.SyncAsync(cancellation).ConfigureAwait(false);
            _portals.Clear();
            _ran = false;
        }

        var effects = _batchEffects;
        _batchEffects = StatementEffects.None;
        await context.LinkStatementEndedAsync(effects, failed, cancellation).ConfigureAwait(false);
    }

    /// <summary>An error of ours in the middle of a batch: the client's messages up to Sync are skipped, and the link's part is undone.</summary>
    public async ValueTask FailAsync(CancellationToken cancellation)
    {
        Skipping = true;
        if (context.LinkIsInBatch && !context.Replies.Skipping)
        {
            // A statement that cannot be parsed puts the link into its own skipping state, which rolls its batch back at Sync.
            FrontendMessages.Parse(context.Link.Out, "", "tangelo batch failed"u8, []);
            await relay.DropErrorAsync(cancellation).ConfigureAwait(false);
        }

        await runner.FailAsync().ConfigureAwait(false);
    }

    private async ValueTask ParseAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var (name, text, types) = ReadParse(body);
        if (name.Length > 0 && _statements.ContainsKey(name))
            throw new PgException(SqlState.DuplicatePreparedStatement, $"prepared statement \"{name}\" already exists");

        CompiledStatement statement;
        try
        {
            // Planning may need the link, whose owed answers come first.
            statement = await statements.ParseAsync(text, types, () => relay.DrainAsync(cancellation), cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code == SqlState.SyntaxError && !context.Replies.Skipping && !SqlIsOurs(e))
        {
            statement = new LinkStatement(text.ToArray());
        }

        if (statement is LinkStatement or EmptyStatement)
        {
            if (context.Blocks.Phase == TransactionPhase.Failed)
                throw Aborted();
            var link = await EnterLinkAsync(cancellation).ConfigureAwait(false);
            FrontendMessages.Parse(link.Out, name, statement is LinkStatement l ? l.Text : [], [.. types.Select(t => t.Value)]);
            context.Replies.Sent(FrontendCode.Parse);
        }
        else
        {
            if (context.Blocks.Phase == TransactionPhase.Failed && statement is not TransactionControl)
                throw Aborted();
            await relay.DrainAsync(cancellation).ConfigureAwait(false);
            BackendMessages.Empty(context.Client.Out, BackendCode.ParseComplete);
        }

        _statements[name] = statement;
    }

    private async ValueTask BindAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var (portal, name, tail) = ReadBind(body);
        var statement = Find(name);
        if (statement is LinkStatement or EmptyStatement)
        {
            if (context.Blocks.Phase == TransactionPhase.Failed)
                throw Aborted();
            var link = await EnterLinkAsync(cancellation).ConfigureAwait(false);
            link.Out.WriteMessage(FrontendCode.Bind, body.Span);
            context.Replies.Sent(FrontendCode.Bind);
            _portals.Remove(portal);
            _linkPortalStatements[portal] = statement;
            return;
        }

        await relay.DrainAsync(cancellation).ConfigureAwait(false);
        var parameters = new ParameterSet(tail.ToArray());
        if (statement is DistributedStatement distributed && parameters.Count != distributed.ParameterTypes.Length)
        {
            throw new PgException(
                SqlState.ProtocolViolation,
                $"bind message supplies {parameters.Count} parameters, but prepared statement \"{name}\" requires {distributed.ParameterTypes.Length}");
        }

        _linkPortalStatements.Remove(portal);
        _portals[portal] = new DistributedPortal(statement, parameters);
        BackendMessages.Empty(context.Client.Out, BackendCode.BindComplete);
    }

    private async ValueTask DescribeAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var kind = body.Span[0];
        var name = new MessageReader(body.Span[1..]).ReadCString();
        CompiledStatement statement;
        ParameterSet? parameters = null;
        if (kind == (byte)'S')
        {
            statement = Find(name);
        }
        else if (_portals.TryGetValue(name, out var portal))
        {
            (statement, parameters) = (portal.Statement, portal.Parameters);
        }
        else
        {
            statement = _linkPortalStatements.GetValueOrDefault(name) ?? new EmptyStatement();
        }

        if (statement is LinkStatement or EmptyStatement)
        {
            var link = await EnterLinkAsync(cancellation).ConfigureAwait(false);
            link.Out.WriteMessage(FrontendCode.Describe, body.Span);
            context.Replies.Sent(FrontendCode.Describe, kind);
            return;
        }

        await relay.DrainAsync(cancellation).ConfigureAwait(false);
        var output = context.Client.Out;
        var distributed = statement as DistributedStatement;
        if (kind == (byte)'S')
        {
            output.Begin(BackendCode.ParameterDescription);
            var types = distributed?.ParameterTypes ?? [];
            output.WriteInt16(types.Length);
            foreach (var type in types)
                output.WriteInt32((int)type.Value);
            output.End();
        }

        if (distributed?.DescribedRows is { } rows)
            RowDescriptions.Write(output, rows, parameters);
        else
            BackendMessages.Empty(output, BackendCode.NoData);
    }

    private async ValueTask ExecuteAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var (name, maxRows) = ReadExecute(body);
        if (!_portals.TryGetValue(name, out var portal))
        {
            var link = await EnterLinkAsync(cancellation).ConfigureAwait(false);
            var statement = _linkPortalStatements.GetValueOrDefault(name) as LinkStatement;
            if (statement is not null)
            {
                _batchEffects |= statement.Effects;
                await PrepareAsync(statement, cancellation).ConfigureAwait(false);
                if (statement.SetsTransactionMode && context.Blocks.Phase == TransactionPhase.Block)
                    context.Blocks.AddMode(System.Text.Encoding.UTF8.GetString(statement.Text));
            }

            link.Out.WriteMessage(FrontendCode.Execute, body.Span);
            context.Replies.Sent(FrontendCode.Execute);
            _ran = true;
            return;
        }

        await relay.DrainAsync(cancellation).ConfigureAwait(false);
        switch (portal.Statement)
        {
            case TransactionControl control:
                if (context.LinkIsInBatch)
                    await relay.SyncAsync(cancellation).ConfigureAwait(false);
                await transactions.RunAsync(control, cancellation).ConfigureAwait(false);
                break;
            case AcceptedStatement accepted:
                if (accepted.Installs)
                    await context.Router.InstallAsync(context.Database, cancellation).ConfigureAwait(false);
                BackendMessages.CommandComplete(context.Client.Out, accepted.Tag);
                break;
            case DistributedStatement distributed:
                if (context.Blocks.Phase == TransactionPhase.Failed)
                    throw Aborted();
                await ExecuteDistributedAsync(portal, distributed, maxRows, cancellation).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask ExecuteDistributedAsync(DistributedPortal portal, DistributedStatement statement, int maxRows, CancellationToken cancellation)
    {
        if (portal.Spool is null && maxRows <= 0)
        {
            var tag = await runner.RunAsync(statement, portal.Parameters, _sink, MoreFollows(), cancellation).ConfigureAwait(false);
            _batchEffects |= statement.Effects;
            BackendMessages.CommandComplete(context.Client.Out, tag);
            return;
        }

        if (portal.Spool is null)
        {
            portal.Spool = new RowSpool();
            portal.Tag = await runner.RunAsync(statement, portal.Parameters, portal.Spool, MoreFollows(), cancellation).ConfigureAwait(false);
            _batchEffects |= statement.Effects;
        }

        for (var row = 0; maxRows <= 0 || row < maxRows; row++)
        {
            var message = await portal.Spool.ReadAsync(cancellation).ConfigureAwait(false);
            if (message.IsEmpty)
            {
                BackendMessages.CommandComplete(context.Client.Out, portal.Tag);
                return;
            }

            await _sink.WriteAsync(message, cancellation).ConfigureAwait(false);
        }

        BackendMessages.Empty(context.Client.Out, BackendCode.PortalSuspended);
    }

    private async ValueTask CloseAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var name = new MessageReader(body.Span[1..]).ReadCString();
        var ours = body.Span[0] == (byte)'S'
            ? _statements.TryGetValue(name, out var statement) && statement is not (LinkStatement or EmptyStatement)
            : _portals.ContainsKey(name);
        if (body.Span[0] == (byte)'S')
            _statements.Remove(name);
        else
            _portals.Remove(name);
        if (!ours)
        {
            context.Link.Out.WriteMessage(FrontendCode.Close, body.Span);
            context.Replies.Sent(FrontendCode.Close);
            return;
        }

        await relay.DrainAsync(cancellation).ConfigureAwait(false);
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

    private async ValueTask<Workers.Connections.BackendConnection> EnterLinkAsync(CancellationToken cancellation)
    {
        if (context.Blocks.Phase == TransactionPhase.Block && !context.Blocks.LinkHasBegun)
            await relay.DrainAsync(cancellation).ConfigureAwait(false);
        return await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
    }

    private async ValueTask PrepareAsync(LinkStatement statement, CancellationToken cancellation)
    {
        // A batch of which the workers are already part, or will be, must not be committed by the loopback.
        if (context.Transaction.IsOpen && context.Blocks.Phase == TransactionPhase.Idle)
            context.Blocks.OpenImplicit();
        if (!context.SettingsAreKnown)
            await relay.DrainAsync(cancellation).ConfigureAwait(false);
        await context.PrepareLinkStatementAsync(statement, cancellation).ConfigureAwait(false);
    }

    private CompiledStatement Find(string name) =>
        _statements.GetValueOrDefault(name) ?? (name.Length == 0
            ? throw new PgException(SqlState.InvalidSqlStatementName, "unnamed prepared statement does not exist")
            : new EmptyStatement());

    private static bool SqlIsOurs(PgException e) => e.Error.Message.StartsWith("cannot insert multiple", StringComparison.Ordinal);

    private static PgException Aborted() =>
        new(SqlState.InFailedSqlTransaction, "current transaction is aborted, commands ignored until end of transaction block");

    private static (string Name, ReadOnlyMemory<byte> Text, ImmutableArray<Oid> Types) ReadParse(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var name = reader.ReadCString();
        var start = body.Length - reader.Rest.Length;
        var text = body.Slice(start, reader.ReadCStringBytes().Length);
        var types = new Oid[reader.ReadInt16()];
        for (var i = 0; i < types.Length; i++)
            types[i] = new Oid((uint)reader.ReadInt32());
        return (name, text, [.. types]);
    }

    private static (string Portal, string Statement, ReadOnlyMemory<byte> Tail) ReadBind(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var portal = reader.ReadCString();
        var statement = reader.ReadCString();
        return (portal, statement, body[^reader.Rest.Length..]);
    }

    private static (string Portal, int MaxRows) ReadExecute(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        return (reader.ReadCString(), reader.ReadInt32());
    }
}
