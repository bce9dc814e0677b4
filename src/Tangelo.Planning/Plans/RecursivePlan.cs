using System.Collections.Immutable;
using Tangelo.Catalog.Model;

namespace Tangelo.Planning.Plans;

/// <summary>
/// Parts of the statement run first, in order, and their rows become intermediate results; then <paramref name="Main"/> runs over them
/// as over tables that are wherever it needs them. A later part may read the results of those before it.
/// <paramref name="Main"/> is a <see cref="ShardPlan"/>, a <see cref="CombinePlan"/>, a <see cref="ResultsPlan"/> or a <see cref="LoopbackWritePlan"/>.
/// </summary>
public sealed record RecursivePlan(ImmutableArray<Subplan> Subplans, Plan Main) : Plan
{
    /// <summary>What the statement is, for its command tag.</summary>
    public StatementKind Kind => Main switch
    {
        ShardPlan shards => shards.Kind,
        LoopbackWritePlan write => write.Kind,
        _ => StatementKind.Select,
    };

    /// <summary>True when it changes rows.</summary>
    public bool Writes => Main is ShardPlan { Writes: true } or LoopbackWritePlan;
}

/// <summary>
/// A part that runs first. <paramref name="Source"/> gives the columns <paramref name="Columns"/>, whose types the session fills in by
/// describing <paramref name="DescribeSql"/> where the planner does not know them.
/// </summary>
/// <param name="Id">Its number; texts that read it have an <see cref="IntermediatePart"/> of that number.</param>
public sealed record Subplan(int Id, Plan Source, string DescribeSql, ImmutableArray<IntermediateColumn> Columns)
{
    /// <summary>The name by which texts for PostgreSQL's description read result <paramref name="id"/>.</summary>
    public static string NameOf(int id) => $"tangelo_result_{id}";

    /// <summary>What it is: a table's alias, or the kind of subquery. For EXPLAIN.</summary>
    public string Label { get; init; } = "";

    /// <summary>How many rows the planner thinks it has.</summary>
    public long EstimatedRows { get; init; }

    /// <summary>Not null when the rows are dealt out: each shard reads only those that would be in that shard of this table.</summary>
    public ResultSplit? Split { get; init; }
}

/// <summary>
/// How the rows of a result are dealt out: by the hash of a column, as the rows of <paramref name="Table"/> would be, whose distribution column is
/// column <paramref name="KeyIndex"/> of the result.
/// </summary>
/// <param name="Table">Stands for the result; has as many shards as there are parts.</param>
/// <param name="KeyIndex">From 0.</param>
/// <param name="Beside">The table beside whose shards the parts are; null when they are nobody's.</param>
public sealed record ResultSplit(DistributedTable Table, int KeyIndex, string? Beside)
{
    /// <summary>The number of parts.</summary>
    public int Parts => Table.Shards.Length;

    /// <summary>What EXPLAIN says of it.</summary>
    public override string ToString() =>
        $"repartitioned by {Table.DistributionColumn!.Name} " + (Beside is null ? $"into {Parts} parts" : $"to the shards of {Beside}");
}

/// <summary>The coordinator runs <paramref name="Query"/>, which reads intermediate results only.</summary>
public sealed record ResultsPlan(ShardQuery Query) : Plan;

/// <summary>
/// The coordinator runs <paramref name="Query"/>, which changes distributed tables over the loopback. What it reads of them it reads from
/// intermediate results: as they were before the statement.
/// </summary>
/// <param name="Query">For PostgreSQL on the coordinator.</param>
/// <param name="Kind">What the statement is, for its command tag.</param>
/// <param name="Locked">The tables of whose rows the results tell the places: nobody else may change them meanwhile.</param>
/// <param name="Why">Why nothing else can run it.</param>
public sealed record LoopbackWritePlan(ShardQuery Query, StatementKind Kind, ImmutableArray<DistributedTable> Locked, string Why) : Plan
{
    /// <summary>True when the results have to be tables, because parts of the statement are run by themselves, without its parameters.</summary>
    public bool NeedsTables { get; init; }

    /// <summary>
    /// True for a statement around a query: COPY, CREATE TABLE AS. PostgreSQL gives it its command tag, and some of them know no parameters.
    /// </summary>
    public bool IsUtility => Kind == StatementKind.Other;

    /// <summary>True when it makes a table of the rows.</summary>
    public bool MakesTable { get; init; }
}

/// <summary>
/// Stands in a text where the rows of intermediate result <paramref name="Id"/> are read: a FROM item, without its alias. Each shard reads its own part
/// of one that is dealt out to <paramref name="Parts"/> shards; 0: all read everything.
/// </summary>
public sealed record IntermediatePart(int Id, int Parts = 0) : ShardQueryPart;

/// <summary>There are several ways to take the statement apart: read the statistics of its tables and plan again with them.</summary>
public sealed record StatisticsProbePlan : Plan;
