using System.Collections.Immutable;

namespace Tangelo.Planning.Plans;

/// <summary>
/// Parts of the statement run first, in order, and their rows become intermediate results; then <paramref name="Main"/> runs over them
/// as over tables that are wherever it needs them. A later part may read the results of those before it.
/// <paramref name="Main"/> is a <see cref="ShardPlan"/>, a <see cref="CombinePlan"/> or a <see cref="ResultsPlan"/>.
/// </summary>
public sealed record RecursivePlan(ImmutableArray<Subplan> Subplans, Plan Main) : Plan;

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
}

/// <summary>The coordinator runs <paramref name="Query"/>, which reads intermediate results only.</summary>
public sealed record ResultsPlan(ShardQuery Query) : Plan;

/// <summary>Stands in a text where the rows of intermediate result <paramref name="Id"/> are read: a FROM item, without its alias.</summary>
public sealed record IntermediatePart(int Id) : ShardQueryPart;

/// <summary>There are several ways to take the statement apart: read the statistics of its tables and plan again with them.</summary>
public sealed record StatisticsProbePlan : Plan;
