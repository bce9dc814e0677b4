using System.Collections.Concurrent;
using System.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;
using Tangelo.Protocol.Transport;
using Tangelo.Server.Hosting;
using Tangelo.Server.Links;
using Tangelo.Server.Loopback;
using Tangelo.Server.Snapshots;
using Tangelo.Server.Statements;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Pooling;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Sessions;

/// <summary>
/// What a session's parts share: the client, the link, its transaction, and the settings in force.
/// </summary>
internal sealed class SessionContext : IExecutionContext
{
    private readonly LinkRunner _linkRunner;
    private readonly SettingsReader _settingsReader;
    private FunctionLocks? _functionLocks;
    private SessionSettings? _settings;
    private bool _settingsChangedInTransaction;
    private HashSet<(string Message, string? Detail)>? _noticesGiven;
    private bool _settingsWereChanged;
    private bool _limitsMayDiffer;

    public SessionContext(RouterState router, DatabaseState database, string user, LinkLease lease, PgTransport client)
    {
        Router = router;
        Database = database;
        User = user;
        Lease = lease;
        Client = client;
        Metadata = new SessionMetadata(this);
        Snapshot = new SessionSnapshot(this);
        Placements = new PlacementHealth(this);
        Transaction = new DistributedTransaction(router.Pools, database.Name, user)
        {
            BeforeRows = (_, cancellation) => Snapshot.TakeAsync(cancellation),
            ChangesMetadata = () => Metadata.IsChanged,
        };
        Blocks = new TransactionBlock(this);
        LoopbackTransaction = new LoopbackTransaction(this);
        Readers = new RoleReaders(this);
        _linkRunner = new LinkRunner(this);
        _settingsReader = new SettingsReader(this);
        if (lease.IsHeld)
            TakeLink();
    }

    public RouterState Router { get; }

    public DatabaseState Database { get; }

    public string User { get; }

    /// <summary>The session's hold on its link.</summary>
    public LinkLease Lease { get; }

    /// <summary>The link that the session has now.</summary>
    /// <exception cref="InvalidOperationException">It has none; <see cref="EnterLinkAsync"/> lends it one.</exception>
    public BackendConnection Link => Lease.Connection;

    /// <summary>What the server has reported of the session's settings, last values.</summary>
    public IReadOnlyDictionary<string, string> Parameters => Lease.Parameters;

    public PgTransport Client { get; }

    /// <inheritdoc/>
    public DistributedTransaction Transaction { get; }

    /// <summary>The client's transaction: its phase, its beginning on the link, its end everywhere.</summary>
    public TransactionBlock Blocks { get; }

    /// <summary>The snapshot of the transaction, where it keeps one.</summary>
    public SessionSnapshot Snapshot { get; }

    /// <summary>What calls back from the link while it runs a statement in autocommit.</summary>
    public LoopbackTransaction LoopbackTransaction { get; }

    /// <summary>Changes of rows that each of the session's loopback connections has put off.</summary>
    public ConcurrentDictionary<LoopbackRowWrites, bool> RowWrites { get; } = [];

    /// <summary>The table that the innermost INSERT, UPDATE or DELETE of the coordinator names, where it or one around it names a partition; else null.</summary>
    public Oid? NamedByWrite { get; set; }

    /// <summary>
    /// The partitions among which the coordinator moves a row while its triggers BEFORE INSERT fire: the row is gone for them, and not yet so on its shard.
    /// </summary>
    public IReadOnlyCollection<Oid> MovedAmong { get; set; } = [];

    /// <summary>Schema changes that functions of this transaction are in the middle of.</summary>
    public Dictionary<string, Planning.Plans.DdlPlan> SchemaChanges { get; } = [];

    /// <summary>The connections on which it reads as another role.</summary>
    public RoleReaders Readers { get; }

    /// <summary>The metadata and the schema as this transaction sees them.</summary>
    public SessionMetadata Metadata { get; }

    /// <summary>Placements that are lost, and those that still count.</summary>
    public PlacementHealth Placements { get; }

    /// <summary>Replies that the link owes to the client.</summary>
    public LinkReplies Replies { get; } = new();

    /// <summary>What functions of the transaction lock.</summary>
    public FunctionLocks FunctionLocks => _functionLocks ??= new FunctionLocks(this);

    /// <summary>Where the client's cursors on the link are.</summary>
    public ClientCursors Cursors { get; } = new();

    /// <inheritdoc/>
    public ClusterMap Map => Metadata.Map;

    /// <inheritdoc/>
    public bool ValuesComeAsStored => ClientEncoding == Parameters.GetValueOrDefault("server_encoding") || ClientEncoding == "SQL_ASCII";

    /// <summary>The setting client_encoding, as the link has reported it.</summary>
    public string ClientEncoding => Parameters.GetValueOrDefault("client_encoding", "UTF8");

    /// <summary>
    /// True for a text in another encoding than the one that texts are parsed in: PostgreSQL has to convert it. Escapes can write
    /// what is beyond ASCII too, and what is parsed here would go on in UTF-8.
    /// </summary>
    public bool IsForeignText(ReadOnlySpan<byte> text) =>
        ClientEncoding is not ("UTF8" or "SQL_ASCII")
        && (!System.Text.Ascii.IsValid(text) || text.Contains((byte)'\\') || text.IndexOf("U&"u8) >= 0 || text.IndexOf("u&"u8) >= 0);

    /// <inheritdoc/>
    public bool LinkIsInBatch => Replies.BatchIsOpen;

    /// <inheritdoc/>
    public void LinkBatchFailed() => Replies.Received(BackendCode.ErrorResponse);

    /// <summary>What names depend on besides settings: an object of its own once the session has temporary objects.</summary>
    public object? PrivateNames { get; set; }

    /// <summary>Names of settings with a dot that the session has set; pg_settings does not show them.</summary>
    public HashSet<string> CustomSettings { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>True once the session has run LISTEN: notifications may come while it is idle.</summary>
    public bool Listens { get; private set; }

    /// <summary>True when a cursor that was declared in this transaction outlives it.</summary>
    public bool HoldsCursor { get; private set; }

    /// <summary>The error that a loopback connection of the link's backend gave last; postgres_fdw passes on only a part of it.</summary>
    public PgError? LoopbackFailure { get; set; }

    /// <summary>Where the link's notices go while a statement is compiled: it may be parsed there more often than the client asked for.</summary>
    public List<PgError>? HeldNotices { get; set; }

    /// <summary>True while the link's settings change for a moment, and back again: the client need not know.</summary>
    public bool HidesStatus { get; set; }

    /// <summary>The tables that the statement on the link has locked, because it moves their rows or knows the places of these.</summary>
    public IReadOnlyCollection<DistributedTable> LockedByStatement { get; set; } = [];

    /// <summary>True for one of <see cref="LockedByStatement"/>.</summary>
    public bool HasLocked(DistributedTable table) => LockedByStatement.Any(t => t.Relation == table.Relation);

    /// <summary>True while the client's messages are the data of a COPY.</summary>
    public bool ReadsCopyData { get; set; }

    /// <summary>True once the client has sent something that cannot be understood where it stands: the connection has to end.</summary>
    public bool LostSync { get; set; }

    /// <summary>How many transactions have ended: portals live no longer than theirs.</summary>
    public int TransactionsEnded { get; private set; }

    /// <summary>False when the next use of the settings asks the link.</summary>
    public bool SettingsAreKnown => _settings is not null;

    /// <summary>How often the session has dropped all its prepared statements.</summary>
    public int StatementsForgotten { get; private set; }

    /// <summary>The link has dropped every prepared statement, the client's and ours.</summary>
    public void ForgetStatements()
    {
        Link.Prepared.ForgetAll();
        StatementsForgotten++;
    }

    /// <summary>Names that DEALLOCATE has dropped on the link and that <see cref="ExtendedQuery"/> has not forgotten yet.</summary>
    public Queue<string> Deallocated { get; } = [];

    /// <summary>The next statement reads the settings anew, and so does the first one after the transaction: SET LOCAL ends with it.</summary>
    public void SettingsMayHaveChanged()
    {
        _settings = null;
        _settingsChangedInTransaction = true;
        _settingsWereChanged = true;
    }

    /// <inheritdoc/>
    public ValueTask<SessionSettings> SettingsAsync(CancellationToken cancellation) =>
        _settings is { } known ? ValueTask.FromResult(known) : ReadSettingsAsync(cancellation);

    /// <summary>
    /// Settings as last read, for a statement that runs while the link is busy. That the link's statement may change them, and they are to be read anew
    /// after it, does not concern what calls back from it.
    /// </summary>
    public SessionSettings KnownSettings { get; private set; } = SessionSettings.Default;

    /// <summary>The statement on the link has changed settings, and is about to read or write a table whose policies look at them.</summary>
    public void TakeToldSettings(SessionSettings told)
    {
        KnownSettings = told;
        SettingsMayHaveChanged();
    }

    /// <inheritdoc/>
    public ValueTask<BackendConnection> EnterLinkAsync(CancellationToken cancellation) => Blocks.EnterLinkAsync(cancellation);

    /// <inheritdoc/>
    public async Task<List<string?[]>> QueryLinkAsync(string sql, CancellationToken cancellation)
    {
        var rows = new RowListSink();
        await _linkRunner.RunAsync(sql, Encoding.UTF8.GetBytes(sql), ParameterSet.None, [], rows, cancellation).ConfigureAwait(false);
        return rows.ReadText();
    }

    /// <inheritdoc/>
    public async ValueTask<int> HashByServerAsync(
        DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid valueType, CancellationToken cancellation)
    {
        var sql = KeyHashers.HashSql(table.DistributionColumn!.TypeName);
        var parameters = binary ? ParameterSet.OneBinary(value) : ParameterSet.FromText([value]);
        var rows = new RowListSink();
        await _linkRunner.RunAsync(
            (sql, valueType), Encoding.UTF8.GetBytes(sql), parameters, [valueType.Value], rows, cancellation).ConfigureAwait(false);
        return int.Parse(rows.ReadText()[0][0]!);
    }

    /// <summary>Connections of the router itself to the coordinator.</summary>
    public WorkerPool CoordinatorPool => Router.OwnPool(Map, GroupId.Coordinator, Database.Name);

    /// <inheritdoc/>
    public ValueTask MakeSchemaAsync(GroupId group, string schema, Func<string> script, CancellationToken cancellation) =>
        Database.Schemas.MakeAsync(Router.OwnPool(Map, group, Database.Name), group, schema, script, cancellation);

    /// <inheritdoc/>
    public void ForgetSchema(GroupId group, string schema) => Database.Schemas.Forget(group, schema);

    /// <inheritdoc/>
    public void OpenImplicitTransaction() => Blocks.OpenImplicit();

    /// <summary>Rows of a table are about to move by a statement on the link: link and nodes must end together, and other writers wait.</summary>
    public async ValueTask BeginMovesAsync(DistributedTable table, CancellationToken cancellation)
    {
        Blocks.OpenImplicit(withLink: !LinkIsInBatch);
        await LockForStatementAsync([table], cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<long> WriteOverLoopbackAsync(
        IReadOnlyCollection<DistributedTable> locked, Func<ValueTask<long>> run, CancellationToken cancellation)
    {
        Blocks.OpenImplicit(withLink: !LinkIsInBatch);
        LoopbackTransaction.StatementReadsOnly = false;
        LoopbackFailure = null;
        try
        {
            // What calls back runs under the settings known before.
            await SettingsAsync(cancellation).ConfigureAwait(false);
            await LockForStatementAsync(locked, cancellation).ConfigureAwait(false);
            return await run().ConfigureAwait(false);
        }
        catch (PgException e) when (LoopbackFailure is { } cause)
        {
            throw new PgException(LoopbackErrors.Complete(e.Error, cause), e);
        }
        finally
        {
            LockedByStatement = [];
        }
    }

    // In the same order for everybody.
    private async ValueTask LockForStatementAsync(IReadOnlyCollection<DistributedTable> tables, CancellationToken cancellation)
    {
        foreach (var table in tables.OrderBy(t => t.Relation.Value))
            await Execution.Shards.TableLocks.TakeAsync(this, table, cancellation).ConfigureAwait(false);
        LockedByStatement = tables;
    }

    /// <inheritdoc/>
    public ValueTask LosePlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, GroupId group, CancellationToken cancellation) =>
        Placements.LoseAsync(table, shards, group, cancellation);

    /// <inheritdoc/>
    public ValueTask<bool> HasPlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, CancellationToken cancellation) =>
        Placements.HasAsync(table, shards, cancellation);

    /// <inheritdoc/>
    public bool OpenSnapshot()
    {
        if (Blocks.Phase != TransactionPhase.Idle)
            return false;
        var together = KnownSettings.TakesSnapshots || KnownSettings.Isolation != IsolationLevel.ReadCommitted;
        Blocks.OpenImplicit(
            withLink: !LinkIsInBatch, begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE", together ? SnapshotTaking.Together : SnapshotTaking.NodeByNode);
        return true;
    }

    /// <inheritdoc/>
    public void OpenTransactionForSchemaChange()
    {
        Metadata.SetSchemaChanged();
        Blocks.OpenImplicit(withLink: !LinkIsInBatch);
    }

    /// <inheritdoc/>
    public bool NoticesOnce
    {
        set => _noticesGiven = value ? [] : null;
    }

    /// <inheritdoc/>
    public void ForwardNotice(PgError notice)
    {
        if (CoordinatorMessages.Clean(notice, Map) is { } cleaned && (cleaned.Severity == "NOTICE" || (_noticesGiven?.Add((cleaned.Message, cleaned.Detail)) ?? true)))
            ErrorFields.Write(Client.Out, cleaned);
    }

    /// <summary>A notice or warning of the router's own, which PostgreSQL has not seen: the client gets it if it wants such.</summary>
    public async ValueTask SayAsync(PgError notice, CancellationToken cancellation)
    {
        // In a batch the link still owes answers to other messages. SHOW, and no query: a SET TRANSACTION may follow.
        if (LinkIsInBatch)
            SayWhileBusy(notice);
        else if (Wants(notice, (await QueryLinkAsync("SHOW client_min_messages", cancellation).ConfigureAwait(false))[0][0]))
            ForwardNotice(notice);
    }

    /// <summary>The same while the link is busy: by the settings known before.</summary>
    public void SayWhileBusy(PgError notice)
    {
        if (Wants(notice, KnownSettings.LeastMessages))
            ForwardNotice(notice);
    }

    private static bool Wants(PgError notice, string? least) => least != "error" && !(least == "warning" && notice.Severity == "NOTICE");

    /// <inheritdoc/>
    public void MetadataChanged() => Metadata.SetChanged();

    /// <summary>The link is about to run a client's statement, which may call back.</summary>
    public async ValueTask PrepareLinkStatementAsync(LinkStatement statement, CancellationToken cancellation)
    {
        // What a function writes waits for others' rows and goes on with them, which one snapshot would not let it.
        LoopbackTransaction.StatementReadsOnly = statement.IsRead
            && (statement.CallsOfUser.Count == 0 || (await FunctionTexts.OfAsync(Database, cancellation).ConfigureAwait(false)).Steady.IsSupersetOf(statement.CallsOfUser));
        NamedByWrite = null;
        MovedAmong = [];

        // SET TRANSACTION has to be the first of its transaction.
        if (!statement.SetsTransactionMode)
            await KnowSettingsAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>While the link is busy its settings cannot be read: what calls back runs under those known now.</summary>
    public async ValueTask KnowSettingsAsync(CancellationToken cancellation)
    {
        // The first table is made while the map has none yet, and it has to get the right owner.
        if (Database.IsInstalled && (_settingsWereChanged || !Map.Tables.IsEmpty))
            await SettingsAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The link has run a client's statement.</summary>
    public async ValueTask LinkStatementEndedAsync(StatementEffects effects, bool failed, CancellationToken cancellation)
    {
        if (failed)
            Blocks.Fail();
        else if (Blocks.Phase == TransactionPhase.Block)
            await FollowLocksAsync(cancellation).ConfigureAwait(false);
        await LoopbackTransaction.SettleAsync(!failed, cancellation).ConfigureAwait(false);
        if (Blocks.Phase == TransactionPhase.Idle)
            await Readers.EndAsync().ConfigureAwait(false);
        Follow(failed ? effects & ~StatementEffects.Unparsed : effects);
        if (Blocks.Phase == TransactionPhase.Idle && (Metadata.IsChanged || Metadata.SchemaIsChanged))
            await TransactionEndedAsync(!failed, cancellation).ConfigureAwait(false);
    }

    private async ValueTask FollowLocksAsync(CancellationToken cancellation)
    {
        try
        {
            await FunctionLocks.FollowAsync(this, cancellation).ConfigureAwait(false);
        }
        catch
        {
            Blocks.Fail();
            throw;
        }
    }

    /// <summary>Takes note of what a statement may have changed.</summary>
    public void Follow(StatementEffects effects)
    {
        if (effects == StatementEffects.None)
            return;
        if (Lease.IsLent)
            Lease.Follow(effects);
        if (effects.HasFlag(StatementEffects.ReadsSequences))
            Database.SequencesAreRead();
        if (effects.HasFlag(StatementEffects.Settings))
            SettingsMayHaveChanged();
        if (effects.HasFlag(StatementEffects.ClientLimits))
            _limitsMayDiffer = true;
        if (effects.HasFlag(StatementEffects.Listens))
            Listens = true;
        if (effects.HasFlag(StatementEffects.HeldCursor) && Blocks.Phase != TransactionPhase.Idle)
            HoldsCursor = true;
        if (effects.HasFlag(StatementEffects.TemporaryObjects))
            PrivateNames = new object();
        if (effects.HasFlag(StatementEffects.Schema))
            Metadata.FollowSchemaChange();
        if (effects.HasFlag(StatementEffects.Metadata))
            Metadata.SetChanged();
    }

    /// <summary>Before the session waits for its client, outside of a transaction: the client's connection is as its settings say now.</summary>
    public ValueTask LimitClientAsync(CancellationToken cancellation) =>
        _limitsMayDiffer && Blocks.Phase == TransactionPhase.Idle ? LimitClientSlowAsync(cancellation) : ValueTask.CompletedTask;

    private async ValueTask LimitClientSlowAsync(CancellationToken cancellation)
    {
        try
        {
            Client.Limit(ClientLimits.Of((await QueryLinkAsync(ClientLimits.Sql, cancellation).ConfigureAwait(false))[0]));
            _limitsMayDiffer = false;
        }
        catch (PgException) when (Lease.IsHealthy)
        {
            // A time limit of the session's: after its next statement, then.
        }
    }

    /// <summary>A transaction has ended: what it saw by itself is gone, and what it changed is everybody's.</summary>
    public async ValueTask TransactionEndedAsync(bool committed, CancellationToken cancellation)
    {
        TransactionsEnded++;
        Cursors.Clear();
        FunctionLocks.Clear();
        SchemaChanges.Clear();
        await Readers.EndAsync().ConfigureAwait(false);
        var changed = Metadata.End();
        if (!committed || _settingsChangedInTransaction)
            _settings = null;
        _settingsChangedInTransaction = false;
        HoldsCursor = false;
        if (!changed || !committed)
            return;
        await Database.RefreshAsync(cancellation).ConfigureAwait(false);
        if (!await Router.Maps.WaitForOthersAsync(Database, cancellation).ConfigureAwait(false))
            await SayAsync(new PgError { Severity = "WARNING", Code = SqlState.Warning, Message = "another router does not answer, and may not know yet what was changed" }, cancellation).ConfigureAwait(false);
    }

    /// <summary>From now on what the link says by itself is for this session's client.</summary>
    public void TakeLink()
    {
        Link.OnNotice = body => TakeNotice(ErrorFields.Read(body.Span));
        Link.OnStatus = (type, body) =>
        {
            if (!HidesStatus)
                Client.Out.WriteMessage(type, body.Span);
        };
    }

    private void TakeNotice(PgError notice)
    {
        if (HeldNotices is { } held)
            held.Add(notice);
        else
            ForwardNotice(notice);
    }

    private async ValueTask<SessionSettings> ReadSettingsAsync(CancellationToken cancellation) =>
        _settings = KnownSettings = await _settingsReader.ReadAsync(cancellation).ConfigureAwait(false);
}
