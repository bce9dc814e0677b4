using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Links;
using Tangelo.Server.Statements;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Server.Sessions;

/// <summary>The statements that the client has prepared with Parse, or with PREPARE where they concern shards.</summary>
internal sealed class ClientStatements(SessionContext context, StatementSource statements, LinkBatch batch)
{
    private readonly Dictionary<string, ClientStatement> _statements = [];
    private readonly Queue<string> _unconfirmed = [];
    private readonly ExecuteArguments _arguments = new(context);
    private int _statementsForgotten;

    // The loan on whose link the unnamed statement is.
    private int _unnamedLoan;

    /// <summary>Forgets what DEALLOCATE and DISCARD have dropped since the last call.</summary>
    public void Forget()
    {
        if (_statementsForgotten != context.StatementsForgotten)
        {
            _statementsForgotten = context.StatementsForgotten;
            _statements.Clear();
            context.Lease.ForgetStatements();
        }

        while (context.Deallocated.TryDequeue(out var name))
            _statements.Remove(name);
    }

    /// <summary>The link has carried out a PREPARE.</summary>
    public void Add(SqlPrepare prepare)
    {
        Forget();
        _statements[prepare.Name] = new ClientStatement(prepare.Query, [], new LinkStatement(prepare.Query), default, null)
        {
            Refusal = prepare.Refusal,
            TypesAreOnLink = true,
            IsOfPrepare = true,
        };
    }

    /// <summary>What EXECUTE is to run, with its arguments; null when it is the link's business.</summary>
    /// <exception cref="PgException">What is wrong with the arguments.</exception>
    public async ValueTask<(ClientStatement Statement, ParameterSet Parameters)?> ResolveAsync(LinkStatement link, CancellationToken cancellation)
    {
        Forget();
        if (link.Executes is not { } execute || context.Blocks.Phase == TransactionPhase.Failed || !_statements.ContainsKey(execute.Name)
            || await FindAsync(execute.Name, cancellation).ConfigureAwait(false) is not { Compiled: DistributedStatement distributed } statement)
        {
            return null;
        }

        if (link.AroundExecute is { } table && MakesTable(table) && !statement.IsForRouter)
            return null;
        statement.RequireSameRows();
        await batch.DrainAsync(cancellation).ConfigureAwait(false);
        if (await _arguments.EvaluateAsync(execute.Params, distributed.ParameterTypes, link.Text, cancellation).ConfigureAwait(false) is not { } parameters)
            return null;
        if (link.AroundExecute is not { } around)
            return (statement, parameters);
        return await AroundAsync(around, statement, cancellation).ConfigureAwait(false) is { } whole ? (whole, parameters) : null;
    }

    private static bool MakesTable(Node tree) => tree.CreateTableAsStmt is not null || tree.ExplainStmt?.Query is { CreateTableAsStmt: not null };

    // EXPLAIN EXECUTE is EXPLAIN of the prepared text, and so is CREATE TABLE AS EXECUTE.
    private async ValueTask<ClientStatement?> AroundAsync(Node around, ClientStatement statement, CancellationToken cancellation)
    {
        var whole = around.Clone();
        StatementCompiler.ExecutionOf(whole)!.MergeFrom(SqlParser.Parse(statement.Text)[0].Tree);
        if (!Deparser.TryDeparseFaithfully(whole, out var sql))
            return null;
        var text = Encoding.UTF8.GetBytes(sql);
        return await CompileAsync(text, statement.Types, cancellation).ConfigureAwait(false) is DistributedStatement compiled
            ? statement with { Text = text, Compiled = compiled, Rows = null }
            : null;
    }

    /// <summary>EXPLAIN ANALYZE, and CREATE TABLE AS, have the coordinator run a prepared statement.</summary>
    /// <exception cref="PgException">It could not.</exception>
    public void RequireLinkCanRun(LinkStatement statement)
    {
        if (statement is not { AroundExecute: { } around, Executes.Name: var name })
            return;
        Forget();
        var prepared = _statements.GetValueOrDefault(name);
        if (prepared?.Refusal is { } refusal)
            throw new PgException(refusal.Error, refusal);
        if (prepared is { IsForRouter: true } && MakesTable(around))
            throw new PgException(SqlState.FeatureNotSupported, "CREATE TABLE AS cannot run this prepared statement", hint: "Write its query in the place of EXECUTE.");
    }

    /// <summary>Forgets a statement; null when there is none of this name.</summary>
    public ClientStatement? Remove(string name)
    {
        context.Lease.Forget(name);
        return _statements.Remove(name, out var statement) ? statement : null;
    }

    /// <summary>A Parse message.</summary>
    public async ValueTask ParseAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var (name, bytes, types) = ReadParse(body);
        context.Lease.Announce(bytes.Span);
        if (name.Length == 0)
            _statements.Remove("");
        else if (_statements.ContainsKey(name))
            throw new PgException(SqlState.DuplicatePreparedStatement, $"prepared statement \"{name}\" already exists");

        var text = bytes.ToArray();
        CompiledStatement compiled;
        StatementVersion version = default;
        context.Snapshot.IsHeldOff = false;
        if (context.Blocks.Phase == TransactionPhase.Failed)
        {
            compiled = StatementSource.ParseInFailedBlock(text);
        }
        else
        {
            await batch.BeginAsync(cancellation).ConfigureAwait(false);
            compiled = await CompileAsync(text, types, cancellation).ConfigureAwait(false);
            version = await statements.VersionAsync(() => batch.DrainAsync(cancellation), cancellation).ConfigureAwait(false);
        }

        context.Snapshot.IsHeldOff = compiled.NeedsNoSnapshot;
        if (compiled is DistributedStatement distributed)
            types = distributed.ParameterTypes;
        var statement = new ClientStatement(text, types, compiled, version, ClientStatement.RowsOf(compiled));
        if (statement.IsOnLink(name))
        {
            var link = await batch.EnterAsync(cancellation).ConfigureAwait(false);
            FrontendMessages.Parse(link.Out, name, statement.LinkText, statement.TypeCodes);
            context.Replies.Sent(FrontendCode.Parse);
            _unconfirmed.Enqueue(name);
            if (name.Length > 0 && compiled is LinkStatement && context.Lease.IsLent)
            {
                // On another link it has to give the same rows.
                context.Lease.Forget(name);
                FrontendMessages.Describe(link.Out, (byte)'S', name);
                context.Replies.SentQuietDescribe(name);
            }

            if (name.Length == 0)
                _unnamedLoan = context.Lease.Loans;
        }
        else
        {
            await batch.DrainAsync(cancellation).ConfigureAwait(false);
            if (compiled is DistributedStatement { ParseNotices: var notices })
            {
                foreach (var notice in notices)
                    context.ForwardNotice(notice);
            }

            BackendMessages.Empty(context.Client.Out, BackendCode.ParseComplete);
        }

        _statements[name] = statement;
    }

    /// <summary>
    /// The client's statement, compiled anew if what it depends on has changed; null when only the link may know it.
    /// </summary>
    /// <exception cref="PgException">26000, or the error of compiling it now.</exception>
    public async ValueTask<ClientStatement?> FindAsync(string name, CancellationToken cancellation)
    {
        if (!_statements.TryGetValue(name, out var statement))
        {
            return name.Length > 0
                ? null
                : throw new PgException(SqlState.InvalidSqlStatementName, "unnamed prepared statement does not exist");
        }

        context.Lease.Announce(statement.Text);
        if (name.Length == 0 && _unnamedLoan != context.Lease.Loans && statement.IsOnLink(name))
            await ParseUnnamedAsync(statement, cancellation).ConfigureAwait(false);
        if (statement.TypesAreOnLink && context.Blocks.Phase != TransactionPhase.Failed)
            _statements[name] = statement = await WithTypesAsync(name, statement, cancellation).ConfigureAwait(false);
        if (statement.Compiled is not (LinkStatement or DistributedStatement) || context.Blocks.Phase == TransactionPhase.Failed)
            return statement;
        await batch.BeginAsync(cancellation).ConfigureAwait(false);
        var version = await statements.VersionAsync(() => batch.DrainAsync(cancellation), cancellation).ConfigureAwait(false);
        if (version == statement.Version)
            return statement;
        return _statements[name] = await RecompileAsync(name, statement, version, cancellation).ConfigureAwait(false);
    }

    /// <summary>What was bound as <paramref name="bound"/>, compiled with the map of now. Its parameters and rows are still the same.</summary>
    /// <exception cref="PgException">40001: it is another kind of statement now, and the client has to begin anew.</exception>
    public async ValueTask<DistributedStatement> CompileAgainAsync(ClientStatement statement, DistributedStatement bound, CancellationToken cancellation)
    {
        var compiled = await CompileAsync(statement.Text, statement.Types, cancellation).ConfigureAwait(false);
        if (compiled is DistributedStatement again && again.ParameterTypes.SequenceEqual(bound.ParameterTypes)
            && RowDescriptions.HaveSameShape(ClientStatement.RowsOf(bound)!, ClientStatement.RowsOf(again)!))
        {
            return again;
        }

        throw new PgException(
            SqlState.SerializationFailure,
            "could not serialize access due to a concurrent change of a table's distribution",
            hint: "Run the statement again.");
    }

    private async ValueTask<ClientStatement> WithTypesAsync(string name, ClientStatement statement, CancellationToken cancellation)
    {
        await batch.DrainAsync(cancellation).ConfigureAwait(false);
        var rows = await context.QueryLinkAsync(
            $"SELECT t.type::pg_catalog.oid FROM pg_catalog.pg_prepared_statements s, pg_catalog.unnest(s.parameter_types) WITH ORDINALITY AS t (type, n) WHERE s.name = {ShardNames.Literal(name)} ORDER BY t.n",
            cancellation).ConfigureAwait(false);
        return statement with { Types = [.. rows.Select(r => new Oid(uint.Parse(r[0]!)))], TypesAreOnLink = false };
    }

    private async ValueTask<ClientStatement> RecompileAsync(string name, ClientStatement statement, StatementVersion version, CancellationToken cancellation)
    {
        var compiled = await CompileAsync(statement.Text, statement.Types, cancellation).ConfigureAwait(false);
        if (compiled is LinkStatement link && statement.Compiled is DistributedStatement && name.Length == 0)
        {
            await ParseUnnamedAsync(statement with { Compiled = link }, cancellation).ConfigureAwait(false);
        }

        return statement with { Compiled = compiled, Version = version, Rows = statement.Rows ?? ClientStatement.RowsOf(compiled) };
    }

    /// <summary>The statements with names that a link of this session has to have, as it is told them.</summary>
    public IEnumerable<(string Name, LinkedStatement Statement)> OnLink()
    {
        Forget();
        return _statements.Where(s => s.Key.Length > 0 && !s.Value.IsOfPrepare).Select(s => (s.Key, new LinkedStatement(s.Value.LinkText, s.Value.TypeCodes)));
    }

    // It is not the session's last link.
    private async ValueTask ParseUnnamedAsync(ClientStatement statement, CancellationToken cancellation)
    {
        await batch.ParseQuietlyAsync("", statement.LinkText, statement.TypeCodes, cancellation).ConfigureAwait(false);
        _unnamedLoan = context.Lease.Loans;
    }

    /// <summary>The statements that the link has confirmed stay; when it has failed, the others never were.</summary>
    public void Settle(bool failed)
    {
        var confirmed = context.Replies.TakeConfirmedParses();
        while (_unconfirmed.TryDequeue(out var name))
        {
            if (confirmed-- <= 0 && failed)
                _statements.Remove(name);
        }
    }

    private ValueTask<CompiledStatement> CompileAsync(byte[] text, ImmutableArray<Oid> types, CancellationToken cancellation) =>
        statements.ParseAsync(text, types, () => batch.DrainAsync(cancellation), cancellation);

    private static (string Name, ReadOnlyMemory<byte> Text, ImmutableArray<Oid> Types) ReadParse(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var name = reader.ReadCString();
        var start = body.Length - reader.Rest.Length;
        var text = body.Slice(start, reader.ReadCStringBytes().Length);
        var types = new Oid[reader.ReadCount()];
        for (var i = 0; i < types.Length; i++)
            types[i] = new Oid((uint)reader.ReadInt32());
        reader.RequireEnd();
        return (name, text, [.. types]);
    }
}
