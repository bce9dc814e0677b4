using System.Collections.Immutable;
using Tangelo.Catalog.Model;

namespace Tangelo.Planning.Plans;

/// <summary>
/// The planner needs to know something of the coordinator's catalog first (the table of an index, a name that is free).
/// The session runs <paramref name="Sql"/>, one query without parameters, on its link in the session's transaction, puts the rows
/// into <see cref="PlanRequest.Answers"/> under that text and plans again; several probes may follow one another. Never cached.
/// </summary>
public sealed record CatalogProbePlan(string Sql) : Plan;

/// <summary>
/// A schema change, in one transaction. Its order: <see cref="Before"/>, <paramref name="CoordinatorSql"/>,
/// <see cref="After"/>, <see cref="NodeScripts"/>, <see cref="Nodes"/>, <paramref name="Parts"/>, <see cref="AtEnd"/>.
/// PostgreSQL on the coordinator therefore checks the statement first, and its errors are the client's. Never cached.
/// </summary>
/// <param name="CoordinatorSql">
/// Its command tag is the client's. Empty when the coordinator has nothing to do; the tag is then <see cref="CommandTag"/>.
/// </param>
/// <param name="Parts">In order. Each is run on every placement of its table.</param>
/// <param name="Transactional">
/// False for what PostgreSQL refuses in a transaction block (CREATE INDEX CONCURRENTLY, VACUUM): every text runs by itself.
/// </param>
/// <param name="ChangesMetadata">The cluster map is to be read anew when the plan has run.</param>
public sealed record DdlPlan(
    ReadOnlyMemory<byte> CoordinatorSql,
    ImmutableArray<DdlPart> Parts,
    bool Transactional,
    bool ChangesMetadata) : Plan
{
    /// <summary>
    /// A query for the link that changes what the statement is about: a local table becomes known to the cluster. When it has run, the
    /// statement is planned anew and carried out in the same transaction; nothing else of this plan counts.
    /// </summary>
    public string? Preparation { get; init; }

    /// <summary>The command's name where it means something only in a transaction block, else null.</summary>
    public string? OnlyInBlock { get; init; }

    /// <summary>The command's name where a transaction block refuses it and the coordinator's form would not; else null.</summary>
    public string? NotInBlock { get; init; }

    /// <summary>The command's name where it does nothing outside of a transaction block, with a warning, else null.</summary>
    public string? NothingOutsideBlock { get; init; }

    /// <summary>Statements for the link, run before the client's; their rows and tags are thrown away.</summary>
    public ImmutableArray<string> Before { get; init; } = [];

    /// <summary>
    /// Where a function runs the statement, PostgreSQL runs it as it was written. Null when that is possible only where it is <see cref="CoordinatorSql"/>
    /// already; else what has to run after <see cref="Before"/> so that it comes to the same.
    /// </summary>
    public ImmutableArray<string>? BeforeInFunction { get; init; }

    /// <summary>Statements for the link, run right after the client's.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    /// <summary>
    /// A query for the link whose rows (one text column, in order) are statements for the nodes, each run as a <see cref="NodePart"/>;
    /// null when there is none. It sees what the statement did: types and functions that a new column needs.
    /// </summary>
    public string? NodeScripts { get; init; }

    /// <summary>Statements that every active primary but the coordinator runs once.</summary>
    public ImmutableArray<NodePart> Nodes { get; init; } = [];

    /// <summary>Statements for the link, run when every shard is done.</summary>
    public ImmutableArray<string> AtEnd { get; init; } = [];

    /// <summary>Statements for the link, run when a shard has failed and nothing can be rolled back.</summary>
    public ImmutableArray<string> AfterFailure { get; init; } = [];

    /// <summary>The tag for the client when <see cref="CoordinatorSql"/> is empty.</summary>
    public string CommandTag { get; init; } = "";

    /// <summary>The tag for the client where <see cref="CoordinatorSql"/> has another one; null otherwise.</summary>
    public string? ClientTag { get; init; }
}

/// <summary>The statement for the shards of one table. <see cref="ShardQuery"/> holes may also be names with a shard suffix.</summary>
public sealed record DdlPart(DistributedTable Table, ShardQuery Query)
{
    /// <summary>True when the coordinator's own statement reaches the shards of group 0 already (DROP SCHEMA, DROP OWNED).</summary>
    public bool ExceptCoordinator { get; init; }
}

/// <summary>A statement for every active primary other than the coordinator's, whatever shards it has.</summary>
public sealed record NodePart(string Sql);
