using System.Collections.Immutable;
using PgQuery;
using Tangelo.Core;
using Tangelo.Planning;
using Tangelo.Planning.Plans;

namespace Tangelo.Server.Statements;

/// <summary>What a session does with one statement.</summary>
internal abstract record CompiledStatement
{
    /// <summary>What running it may change for the session or the router.</summary>
    public StatementEffects Effects { get; init; }

    /// <summary>True for what may stand before the snapshot of its transaction.</summary>
    public bool NeedsNoSnapshot { get; init; }
}

/// <summary>Side effects that the session has to follow.</summary>
[Flags]
internal enum StatementEffects
{
    None = 0,

    /// <summary>Settings or the role may differ afterwards.</summary>
    Settings = 1,

    /// <summary>The schema may differ afterwards: cached plans are stale.</summary>
    Schema = 2,

    /// <summary>Temporary objects may exist afterwards: names mean something else in this session.</summary>
    TemporaryObjects = 4,

    /// <summary>Notifications may come from now on.</summary>
    Listens = 8,

    /// <summary>A cursor WITH HOLD: the coordinator reads its rows when the transaction is committed.</summary>
    HeldCursor = 16,

    /// <summary>The client knows its backend by its process id.</summary>
    AsksProcess = 32,

    /// <summary>currval has a value afterwards.</summary>
    SetsSequence = 64,

    /// <summary>currval or lastval are asked for.</summary>
    ReadsSequences = 128,

    /// <summary>The backend may know something of the session afterwards that nothing can ask it for.</summary>
    HiddenState = 256,

    /// <summary>The same of a text that nobody here has understood, if PostgreSQL has.</summary>
    Unparsed = 512,

    /// <summary>The metadata may differ afterwards: a table of theirs is written by hand.</summary>
    Metadata = 1024,

    /// <summary>What is set for the client's own connection may differ afterwards.</summary>
    ClientLimits = 2048,

    /// <summary>The backend may hold advisory locks of the session afterwards.</summary>
    SessionLocks = 4096,
}

/// <summary>The coordinator runs it as it is, or with the system catalogs filtered.</summary>
internal sealed record LinkStatement(byte[] Text) : CompiledStatement
{
    /// <summary>True when it only reads, if its functions do: what it reads over the loopback is one snapshot.</summary>
    public bool IsRead { get; init; }

    /// <summary>The functions it calls that are not PostgreSQL's own.</summary>
    public IReadOnlyCollection<string> CallsOfUser { get; init; } = [];

    /// <summary>The name that DEALLOCATE drops; null for any other statement.</summary>
    public string? Deallocates { get; init; }

    /// <summary>PREPARE of a statement that concerns shards: the session keeps it too, and carries out its EXECUTE by itself.</summary>
    public SqlPrepare? Prepares { get; init; }

    /// <summary>EXECUTE, or that of an EXPLAIN or CREATE TABLE AS; the statement of that name may be one that the session carries out.</summary>
    public ExecuteStmt? Executes { get; init; }

    /// <summary>The statement when it is more than an EXECUTE: EXPLAIN, CREATE TABLE AS, or one around the other.</summary>
    public Node? AroundExecute { get; init; }

    /// <summary>True for COPY FROM STDIN: the client's next messages are its data.</summary>
    public bool ReadsClientData { get; init; }

    /// <summary>The table whose rows move to other shards, which nobody else may change meanwhile.</summary>
    public Catalog.Model.DistributedTable? Moves { get; init; }

    /// <summary>DECLARE, FETCH or MOVE of a cursor.</summary>
    public Sessions.CursorUse? UsesCursor { get; init; }

    /// <summary>True for SET TRANSACTION: the workers of the transaction take it too.</summary>
    public bool SetsTransactionMode { get; init; }
}

/// <summary>A statement prepared by PREPARE.</summary>
/// <param name="Refusal">Why the coordinator could not run it, where only the router can.</param>
internal sealed record SqlPrepare(string Name, byte[] Query, PgException? Refusal);

/// <summary>BEGIN, COMMIT, SAVEPOINT and their kin: the session's own business.</summary>
internal sealed record TransactionControl(TransactionStmt Statement, byte[] Text) : CompiledStatement;

/// <summary><c>CREATE EXTENSION citus</c> in a database that has no metadata yet: the router installs it.</summary>
internal sealed record AcceptedStatement(string Tag) : CompiledStatement;

/// <summary>A planned statement.</summary>
/// <param name="ParameterTypes">Types of $1, $2, ...</param>
/// <param name="ResultColumns">Empty when it gives no rows.</param>
/// <param name="DescribedRows">Body of the RowDescription with all formats text, or null without rows.</param>
internal sealed record DistributedStatement(
    Plan Plan,
    ImmutableArray<Oid> ParameterTypes,
    ImmutableArray<ResultColumn> ResultColumns,
    byte[]? DescribedRows,
    string NormalizedText) : CompiledStatement
{
    /// <summary>What PostgreSQL says whenever it parses the text: warnings of escapes, cut identifiers.</summary>
    public ImmutableArray<PgError> ParseNotices { get; init; } = [];

    /// <summary>Where citus_stat_statements counts it.</summary>
    public Statistics.StatementCounters? Counters { get; set; }
}

/// <summary>A statement without text.</summary>
internal sealed record EmptyStatement : CompiledStatement;
