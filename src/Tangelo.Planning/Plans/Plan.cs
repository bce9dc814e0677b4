using System.Collections.Immutable;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Planning.Plans;

/// <summary>
/// What the executor is to do for one statement. A value without run-time state: cached, printed and compared.
/// The family is closed; <see cref="DistributedPlanner"/> makes them, the executor has one case for each.
/// </summary>
public abstract record Plan;

/// <summary>
/// The coordinator runs the whole statement as <paramref name="Sql"/>: it touches no distributed table
/// (<see cref="CoordinatorReason.Local"/>), or cannot be distributed and PostgreSQL plans it over the loopback.
/// </summary>
public sealed record CoordinatorPlan(ReadOnlyMemory<byte> Sql, CoordinatorReason Reason, string? Why = null) : Plan
{
    /// <summary>The table whose rows move to other shards: nobody else may change it meanwhile.</summary>
    public DistributedTable? Moves { get; init; }
}

/// <summary>
/// The coordinator computes the values of <paramref name="Sql"/>, one row, before <paramref name="Inner"/> runs; they follow the client's parameters
/// and have the types <paramref name="Types"/>.
/// </summary>
public sealed record ValuesFirstPlan(Plan Inner, string Sql, ImmutableArray<Oid> Types) : Plan;

/// <summary>Why a statement runs on the coordinator.</summary>
public enum CoordinatorReason
{
    /// <summary>No distributed relation is involved.</summary>
    Local,

    /// <summary>Distributed relations are involved and are read and written through their foreign-table children.</summary>
    Loopback,
}

/// <summary>
/// The same query on one shard group or on several, its rows going to the client as they come, in no order.
/// Also every UPDATE, DELETE and INSERT that runs shard by shard: the command tags' counts are added up.
/// A selection of one shard is a router query.
/// </summary>
public sealed record ShardPlan(ShardQuery Query, ShardSelection Shards, StatementKind Kind) : Plan
{
    /// <summary>True for an INSERT without ON CONFLICT: its rows only come in.</summary>
    public bool OnlyInserts { get; init; }

    /// <summary>True for a SELECT that locks rows, or that asks for their places: where a shard has several placements, the one that is written first answers.</summary>
    public bool OnFirstPlacement { get; init; }

    /// <summary>True when its row locks wait for those of others.</summary>
    public bool WaitsForRows { get; init; }

    /// <summary>True when it changes rows: also a SELECT with a WITH query that does.</summary>
    public bool Writes { get; init; } = Kind != StatementKind.Select;

    /// <summary>
    /// True when the query itself may turn numbers or times into text: then it needs the session's settings for that, also where its rows are an
    /// intermediate result, which is otherwise exact whatever the client wants to see.
    /// </summary>
    public bool MakesText { get; init; }
}

/// <summary>
/// Rows of <paramref name="Inner"/> become an intermediate result of the columns <paramref name="Columns"/>;
/// the coordinator then runs <paramref name="CombineSql"/> over it. The text holds the marker
/// <see cref="SourceMarker"/> where a FROM item (parenthesised subquery without alias) belongs.
/// The columns come from the planner without types; the session fills them in by describing <paramref name="DescribeSql"/>,
/// which is the inner query over the shells. The client's parameters keep their numbers in every one of the texts.
/// </summary>
public sealed record CombinePlan(ShardPlan Inner, string DescribeSql, ImmutableArray<IntermediateColumn> Columns, string CombineSql) : Plan
{
    /// <summary>Stands in <see cref="CombineSql"/> for the source of rows; the text gives it an alias itself.</summary>
    public const string SourceMarker = "/*tangelo:source*/";

    /// <summary>What the shards leave to the coordinator.</summary>
    public required CombineStrategy Strategy { get; init; }
}

/// <summary>How much of a query the shards have done when its rows come to the coordinator.</summary>
public enum CombineStrategy
{
    /// <summary>All but what concerns the order and number of rows: the coordinator sorts, drops duplicates and cuts.</summary>
    SortedRows,

    /// <summary>They have aggregated their own rows; the coordinator aggregates the partial results.</summary>
    TwoPhases,

    /// <summary>They have filtered and joined; the coordinator does everything else.</summary>
    RowsUp,
}

/// <summary>A column of an intermediate result: its name in the combine query and its SQL type, as format_type prints it.</summary>
public sealed record IntermediateColumn(string Name, string TypeName = "")
{
    /// <summary>The type's OID on the coordinator, 0 where it is not known.</summary>
    public Oid Type { get; init; }

    /// <summary>The collation (qualified, quoted where needed) when it is not the type's own, and matters.</summary>
    public string? Collation { get; init; }
}

/// <summary>
/// INSERT ... VALUES of several rows, split by shard. Each row's text goes, verbatim, into the VALUES list of its shard's
/// statement: <c>Prefix (row), (row) Suffix</c>. Rows whose key is not a constant never come here. The rows of a reference table have
/// neither key nor key default: all of them go to every placement.
/// </summary>
public sealed record MultiRowInsertPlan(
    ShardQuery Frame,
    DistributedTable Table,
    ImmutableArray<InsertRow> Rows,
    ImmutableArray<CoordinatorDefault> CoordinatorDefaults,
    bool HasReturning) : Plan
{
    /// <summary>True with ON CONFLICT: rows that are there already may be locked or changed.</summary>
    public bool HasOnConflict { get; init; }

    /// <summary>Stands in <see cref="Frame"/> where the rows of one shard go.</summary>
    public const string RowsMarker = "/*tangelo:rows*/";
}

/// <summary>One VALUES row: its expressions as SQL text without the parentheses, and its distribution key.</summary>
/// <param name="Values">
/// The text between the parentheses, ending before the coordinator's defaults are appended (each after a comma, cast to its type). Empty when all
/// of the row's columns are such defaults: then no comma comes before the first.
/// </param>
/// <param name="Key">Its key, or null when the key is one of the coordinator's defaults (then <paramref name="KeyDefault"/> says which).</param>
/// <param name="KeyDefault">Index into <see cref="MultiRowInsertPlan.CoordinatorDefaults"/>, or -1.</param>
public sealed record InsertRow(string Values, KeyOperand? Key, int KeyDefault = -1);

/// <summary>
/// A column that the statement leaves out and whose default only the coordinator may compute: a sequence, or what must be the
/// same on every copy or known as the key. <paramref name="Expression"/> is computed
/// once for each row.
/// </summary>
public sealed record CoordinatorDefault(string Column, string Expression, string TypeName)
{
    /// <summary>True when it is one value for the whole statement, such as now().</summary>
    public bool IsSteady { get; init; }
}

/// <summary>
/// INSERT ... SELECT whose rows come up to the router and go to the shards of <paramref name="Target"/> by key.
/// <paramref name="Source"/> gives columns in the order of <paramref name="TargetColumns"/>. Each batch is sent as
/// <paramref name="Frame"/> with <see cref="RowsMarker"/> replaced by a FROM item (parenthesised, without alias) that yields c1..cN in their
/// source types, followed by the <paramref name="CoordinatorDefaults"/> as c(N+1)... The rows' types come from describing
/// <paramref name="DescribeSql"/> on the coordinator; the client's parameters keep their numbers in it.
/// <paramref name="KeyIndex"/> counts from 0 over the target columns and then the defaults; -1 for a reference table and for rows without a key.
/// </summary>
public sealed record InsertSelectPlan(
    Plan Source,
    DistributedTable Target,
    ShardQuery Frame,
    ImmutableArray<string> TargetColumns,
    int KeyIndex,
    ImmutableArray<CoordinatorDefault> CoordinatorDefaults,
    bool HasReturning,
    string DescribeSql = "") : Plan
{
    /// <summary>
    /// UPDATE or DELETE that the shards carry out by rows found before: <see cref="Frame"/> is that statement.
    /// </summary>
    public StatementKind Kind { get; init; } = StatementKind.Insert;

    /// <summary>True when COPY would write the same rows: an INSERT without ON CONFLICT.</summary>
    public bool IsPlainInsert { get; init; }

    /// <summary>The source's columns with their types, filled in by the session from <see cref="DescribeSql"/>.</summary>
    public ImmutableArray<SourceColumn> SourceColumns { get; init; } = [];

    /// <summary>Stands in <see cref="Frame"/> where the FROM item with the rows goes.</summary>
    public const string RowsMarker = "/*tangelo:rows*/";
}

/// <summary>A column of the rows that an INSERT ... SELECT brings up: its type's OID and SQL name.</summary>
public sealed record SourceColumn(Oid Type, string TypeName);

/// <summary>
/// MERGE whose rows are found by one query of the coordinator over the loopback. <paramref name="Source"/> gives for each row that something is done
/// with: the number of the action (from 1, an index into <paramref name="Actions"/>), the row's identity, and the values of <paramref name="Columns"/>.
/// </summary>
/// <param name="Source">Gives each row's action, identity and new values.</param>
/// <param name="Target">The table.</param>
/// <param name="Key">The columns that name a row of a reference table; empty: the ctid of the loopback does.</param>
/// <param name="Columns">All columns that can be given a value.</param>
/// <param name="Assigned">Those of them that an UPDATE changes.</param>
/// <param name="Actions">What is done.</param>
public sealed record MergePlan(
    CoordinatorPlan Source,
    DistributedTable Target,
    ImmutableArray<TableColumn> Key,
    ImmutableArray<TableColumn> Columns,
    ImmutableArray<string> Assigned,
    ImmutableArray<MergeAction> Actions) : Plan
{
    /// <summary>How many fields of a row name it.</summary>
    public int IdentityFields => Key.IsEmpty ? (Target.IsPartitioned ? 2 : 1) : Key.Length;

    /// <summary>True when rows may get another distribution key, and with it another shard.</summary>
    public bool MovesRows => !Target.HasOneShard && Assigned.Contains(Target.DistributionColumn!.Name);

    /// <summary>The source's columns with their types, filled in by the session.</summary>
    public ImmutableArray<SourceColumn> SourceColumns { get; init; } = [];

    /// <summary>
    /// Not null when the coordinator changes the rows over the loopback: the statement that does so reads what <see cref="Source"/> has given as
    /// result 1, with columns c1, c2, ..., and gives the number of changed rows.
    /// </summary>
    public ShardQuery? OverLoopback { get; init; }
}

/// <summary>What MERGE does with a row, in the order in which it is carried out.</summary>
public enum MergeAction { Update, Delete, Insert }

/// <summary>COPY table FROM STDIN or a file of the coordinator's, split by the distribution column.</summary>
public sealed record CopyFromPlan(
    DistributedTable Table,
    ImmutableArray<TableColumn> Columns,
    CopyOptions Options,
    ImmutableArray<CoordinatorDefault> CoordinatorDefaults) : Plan
{
    /// <summary>The client's statement, without options that are the cluster's own. For a file or program: with one that has nothing to say.</summary>
    public byte[] StatementText { get; init; } = [];

    /// <summary>The file or program on the coordinator's machine, as the client wrote it; null for STDIN.</summary>
    public string? File { get; init; }

    /// <summary>True when <see cref="File"/> is a program.</summary>
    public bool IsProgram { get; init; }

    /// <summary>The condition for rows, as the shards' own COPY has it; null without.</summary>
    public string? Where { get; init; }
}

/// <summary>COPY table or (query) TO STDOUT, the shards' data one after the other. <paramref name="Query"/> holds whole COPY statements.</summary>
public sealed record CopyToPlan(ShardQuery Query, ShardSelection Shards, CopyOptions Options, int ColumnCount) : Plan
{
    /// <summary>The columns' names, for a header line.</summary>
    public ImmutableArray<string> ColumnNames { get; init; } = [];
}

/// <summary>The options of a COPY that the router must know; <paramref name="Text"/> is the option list for the shards' own COPY, without HEADER and ENCODING.</summary>
public sealed record CopyOptions(
    CopyFormat Format,
    byte Delimiter,
    string NullText,
    byte Quote,
    byte Escape,
    CopyHeader Header,
    string Text)
{
    /// <summary>The encoding of the data where the option ENCODING names one.</summary>
    public string? Encoding { get; init; }

    /// <summary>The shard of an append-distributed table that the rows go to; null for new ones.</summary>
    public long? AppendTo { get; init; }

    /// <summary>The option list for the shards' own COPY, without HEADER.</summary>
    public string ShardText => Encoding is null ? Text : $"{(Text.Length == 0 ? "(" : Text[..^1] + ", ")}ENCODING {ShardNames.Literal(Encoding).TrimStart()})";

    /// <summary>Whether FORCE_NULL or FORCE_NOT_NULL name the distribution column (CSV only).</summary>
    public CopyKeyNulls KeyNulls { get; init; }
}

/// <summary>What CSV options say about NULLs in the distribution column.</summary>
[Flags]
public enum CopyKeyNulls
{
    /// <summary>Neither option names the column.</summary>
    None = 0,

    /// <summary>FORCE_NULL: the NULL text is NULL even in quotes.</summary>
    ForceNull = 1,

    /// <summary>FORCE_NOT_NULL: the NULL text is a value even without quotes.</summary>
    ForceNotNull = 2,
}

/// <summary>The formats of COPY.</summary>
public enum CopyFormat { Text, Csv, Binary }

/// <summary>COPY's HEADER option.</summary>
public enum CopyHeader { None, Skip, Match }

/// <summary>
/// EXPLAIN of another plan. Its <see cref="CoordinatorPlan"/> is one over the loopback. The session fills in
/// <paramref name="OutputNames"/>, the names of the statement's columns, by describing <paramref name="DescribeSql"/>;
/// empty unless <see cref="ExplainOptions.Verbose"/>.
/// </summary>
public sealed record ExplainPlan(Plan Inner, ExplainOptions Options, string DescribeSql) : Plan
{
    /// <summary>What the statement's result columns are called.</summary>
    public ImmutableArray<string> OutputNames { get; init; } = [];

    /// <summary>True when running the statement changes rows, be it by a WITH query of a SELECT: it must run only once.</summary>
    public bool Modifies { get; init; }
}

/// <summary>
/// The options of EXPLAIN, and <paramref name="Text"/>, the list in parentheses (or empty), to repeat them on a shard.
/// </summary>
public sealed record ExplainOptions(bool Analyze, bool Verbose, bool Costs, bool Timing, bool Summary, ExplainFormat Format, string Text);

/// <summary>The formats of EXPLAIN.</summary>
public enum ExplainFormat { Text, Json, Xml, Yaml }

/// <summary>What the statement is, for command tags and for the question whether a node was written to.</summary>
public enum StatementKind { Select, Insert, Update, Delete, Merge, Truncate, Other }
