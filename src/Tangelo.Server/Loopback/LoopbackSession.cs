using System.Text;
using PgQuery;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Protocol.Messages;
using Tangelo.Protocol.Transport;
using Tangelo.Server.Hosting;
using Tangelo.Server.Sessions;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Loopback;

/// <summary>
/// A connection that postgres_fdw in a coordinator backend opened to this router. It is trusted when it knows the secret of the
/// user mapping and names a backend that is the link of one of this router's sessions; it then works in that session's
/// transaction. It speaks the part of the protocol that libpq uses for postgres_fdw.
/// </summary>
internal sealed class LoopbackSession(RouterState router, PgTransport transport)
{
    /// <summary>What the application name of a loopback connection begins with; the backend's pid follows.</summary>
    public const string ApplicationPrefix = "tangelo_loopback ";

    private readonly Dictionary<string, ParsedStatement?> _statements = [];
    private (ParsedStatement? Statement, ParameterSet Parameters) _portal = (null, ParameterSet.None);
    private bool _skipping;
    private byte _status = (byte)'I';

    /// <summary>Serves the connection to its end.</summary>
    public async Task ServeAsync(string application, string user, string database, CancellationToken stopping)
    {
        if (!int.TryParse(application.AsSpan(ApplicationPrefix.Length), out var pid) || router.Sessions.FindByLink(pid) is not { } session)
            throw NotOfThisRouter(application);
        await AuthenticateAsync(database, stopping).ConfigureAwait(false);

        // It is this one if it answers afterwards. A session that has not noticed yet that its link has ended is not meant.
        var backend = await CoordinatorBackend.OfAsync(session.Context.Database.Coordinator, pid, stopping).ConfigureAwait(false);
        if (!session.IsLinkedTo(backend))
            throw NotOfThisRouter(application);
        BackendMessages.AuthenticationOk(transport.Out);
        foreach (var (name, value) in session.Context.Parameters)
            BackendMessages.ParameterStatus(transport.Out, name, value);
        BackendMessages.BackendKeyData(transport.Out, pid, 0);
        BackendMessages.ReadyForQuery(transport.Out, _status);

        // The backend keeps its connection, also when it is lent to the next session.
        (byte, ReadOnlyMemory<byte>)? first = null;
        for (var served = session; served is not null; served = first is null ? null : router.Sessions.FindByLink(pid))
            first = await ServeAsync(served, backend, ActingRole.Of(user), first, stopping).ConfigureAwait(false);
    }

    private async Task<(byte Type, ReadOnlyMemory<byte> Body)?> ServeAsync(ClientSession session, CoordinatorBackend backend, uint? role, (byte, ReadOnlyMemory<byte>)? first, CancellationToken stopping)
    {
        using var context = new LoopbackContext(session.Context, backend, role);
        var queries = new LoopbackQueries(context);
        var statements = new LoopbackStatements();
        var writes = new LoopbackRowWrites(queries, statements);
        session.Context.RowWrites[writes] = true;
        try
        {
            return await RunAsync(new LoopbackCommands(context, queries, writes, statements, transport), backend.Pid, first, stopping).ConfigureAwait(false);
        }
        finally
        {
            session.Context.RowWrites.TryRemove(writes, out _);
        }
    }

    // libpq goes on to the next router's address after this code, and only this.
    private static PgException NotOfThisRouter(string application) => new(
        SqlState.CannotConnectNow,
        "distributed tables can only be reached through Tangelo",
        $"The coordinator's backend \"{application}\" does not belong to a session of this router.",
        "Connect to the router, not to the coordinator's own port.");

    private async Task AuthenticateAsync(string database, CancellationToken cancellation)
    {
        BackendMessages.AuthenticationCleartextPassword(transport.Out);
        var (type, body) = await ReadAsync(cancellation).ConfigureAwait(false)
            ?? throw new PgException(SqlState.ConnectionException, "the loopback closed before it gave its password");
        var given = type == FrontendCode.Password ? new MessageReader(body.Span).ReadCString() : "";
        if (!router.LoopbackSecrets.TryGetValue(database, out var secret)
            || !System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(secret)))
        {
            throw new PgException(SqlState.InvalidPassword, "password authentication failed for the loopback");
        }
    }

    private async ValueTask<(byte Type, ReadOnlyMemory<byte> Body)?> ReadAsync(CancellationToken cancellation)
    {
        byte type;
        ReadOnlyMemory<byte> body;
        while (!transport.In.TryTakeMessage(out type, out body))
        {
            await transport.FlushAsync(cancellation).ConfigureAwait(false);
            if (!await transport.FillAsync(transport.In.MissingBytes(), cancellation).ConfigureAwait(false))
                return null;
        }

        return (type, body);
    }

    /// <returns>The first message that is for the backend's next session; null at the connection's end.</returns>
    private async Task<(byte Type, ReadOnlyMemory<byte> Body)?> RunAsync(
        LoopbackCommands commands, int pid, (byte Type, ReadOnlyMemory<byte> Body)? first, CancellationToken cancellation)
    {
        var lease = commands.Context.Parent.Lease;
        while ((first ?? await ReadAsync(cancellation).ConfigureAwait(false)) is var (type, body) && type != FrontendCode.Terminate)
        {
            first = null;
            if (_status == (byte)'I' && lease.ProcessId != pid)
                return (type, body);
            try
            {
                await HandleAsync(commands, type, body, cancellation).ConfigureAwait(false);
            }
            catch (PgException e)
            {
                commands.Context.Parent.LoopbackFailure = e.Error;
                ErrorFields.Write(transport.Out, e.Error);
                if (_status == (byte)'T')
                    _status = (byte)'E';
                if (type == FrontendCode.Query)
                    BackendMessages.ReadyForQuery(transport.Out, _status);
                else
                    _skipping = true;
            }
        }

        // The backend has ended, perhaps in the middle of a transaction that this router has opened for it.
        if (!lease.IsLent || lease.ProcessId == pid)
            await commands.Context.Parent.LoopbackTransaction.AbortAsync().ConfigureAwait(false);
        return null;
    }

    private async ValueTask HandleAsync(LoopbackCommands commands, byte type, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (type == FrontendCode.Sync)
        {
            _skipping = false;
            BackendMessages.ReadyForQuery(transport.Out, _status);
            return;
        }

        if (_skipping)
            return;
        switch (type)
        {
            case FrontendCode.Query:
                foreach (var statement in SqlParser.Parse(body.Span[..^1]))
                {
                    Deallocate(statement.Tree);
                    _status = await commands.RunAsync(statement, ParameterSet.None, describe: true, _status, cancellation).ConfigureAwait(false);
                }

                BackendMessages.ReadyForQuery(transport.Out, _status);
                break;
            case FrontendCode.Parse:
                Parse(body.Span);
                break;
            case FrontendCode.Bind:
                Bind(body.Span);
                break;
            case FrontendCode.Describe:
                commands.Describe(body.Span[0] == (byte)'S' ? _statements.GetValueOrDefault(new MessageReader(body.Span[1..]).ReadCString()) : _portal.Statement, body.Span[0] == (byte)'S');
                break;
            case FrontendCode.Execute:
                if (_portal.Statement is { } bound)
                    _status = await commands.RunAsync(bound, _portal.Parameters, describe: false, _status, cancellation).ConfigureAwait(false);
                break;
            case FrontendCode.Close:
                BackendMessages.Empty(transport.Out, BackendCode.CloseComplete);
                break;
        }
    }

    private void Parse(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var name = reader.ReadCString();
        var parsed = SqlParser.Parse(reader.ReadCStringBytes());
        _statements[name] = parsed.IsEmpty ? null : parsed[0];
        BackendMessages.Empty(transport.Out, BackendCode.ParseComplete);
    }

    private void Bind(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        reader.ReadCString();
        var name = reader.ReadCString();
        _portal = (_statements.GetValueOrDefault(name), new ParameterSet(reader.Rest.ToArray()));
        BackendMessages.Empty(transport.Out, BackendCode.BindComplete);
    }

    private void Deallocate(Node tree)
    {
        if (tree.NodeCase != Node.NodeOneofCase.DeallocateStmt)
            return;
        if (tree.DeallocateStmt.Name.Length == 0)
            _statements.Clear();
        else
            _statements.Remove(tree.DeallocateStmt.Name);
    }
}
