using System.Collections.Immutable;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl;
using Tangelo.Sql.Parsing;

namespace Tangelo.Planning;

/// <summary>Everything a plan depends on. The planner asks nothing of anybody.</summary>
/// <param name="Statement">The statement; locations in its tree are byte offsets into its text.</param>
/// <param name="Map">The metadata to plan with.</param>
/// <param name="Relations">What every relation name in the statement means in this session. Names of CTEs are not in it.</param>
/// <param name="ParameterTypes">Types of $1, $2, ... as PostgreSQL inferred them.</param>
/// <param name="ResultColumns">The result's columns as PostgreSQL described them; empty without a result.</param>
public sealed record PlanRequest(
    ParsedStatement Statement,
    ClusterMap Map,
    IReadOnlyDictionary<RelationName, ResolvedRelation> Relations,
    ImmutableArray<Oid> ParameterTypes,
    ImmutableArray<ResultColumn> ResultColumns,
    FunctionCatalog Functions)
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string?[]>> None = new Dictionary<string, IReadOnlyList<string?[]>>();

    /// <summary>
    /// The rows (in text form) of every <see cref="Plans.CatalogProbePlan"/> that planning this statement came up with, by its SQL.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string?[]>> Answers { get; init; } = None;

    /// <summary>The rows of a query on the coordinator's catalog.</summary>
    /// <exception cref="ProbeNeededException">It has to be run first.</exception>
    internal IReadOnlyList<string?[]> Ask(string sql) => Answers.TryGetValue(sql, out var rows) ? rows : throw new ProbeNeededException(sql);

    /// <summary>What is known of the rows of the statement's tables; null while nobody has asked.</summary>
    public IReadOnlyDictionary<Oid, TableStatistics>? Statistics { get; init; }

    /// <summary>
    /// True when the caller can find <see cref="Statistics"/>: where they would tell several ways apart the answer is a <see cref="Plans.StatisticsProbePlan"/>.
    /// </summary>
    public bool AsksForStatistics { get; init; }

    /// <summary>True where calls of distributed functions may run on the nodes: what the transaction has changed itself is not known there yet.</summary>
    public bool AllowsCalls { get; init; }

    /// <summary>True for a statement of the loopback's: the coordinator has fired the triggers of the tables already.</summary>
    public bool HasFiredTriggers { get; init; }
}

/// <summary>A relation as a statement writes it. <paramref name="Schema"/> is empty when not given.</summary>
public readonly record struct RelationName(string Schema, string Name);

/// <summary>What a name means: pg_class's oid, relkind ('r', 'v', 'm', 'f', 'p', 'S', 'i', ...), schema and name.</summary>
/// <param name="ReachesDistributed">For a view or a partitioned table: true when anything below it is distributed.</param>
public sealed record ResolvedRelation(Oid Oid, char Kind, string Schema, string Name, bool IsTemporary = false, bool ReachesDistributed = false)
{
    /// <summary>The columns in order; empty where they are not known.</summary>
    public ImmutableArray<RelationColumn> Columns { get; init; } = [];
}

/// <summary>A column of a relation. <paramref name="Collation"/> is null when it is the type's own.</summary>
public sealed record RelationColumn(string Name, Oid Type, string? Collation);

/// <summary>A column of a RowDescription.</summary>
public sealed record ResultColumn(string Name, Oid Table, short ColumnNumber, Oid Type, short TypeSize, int TypeModifier);
