using PgQuery;
using Tangelo.Core;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// A column of a query's result. <paramref name="Source"/> is the FROM column that it passes on unchanged, if it does;
/// <paramref name="Expression"/> is null for columns that <c>*</c> stands for.
/// </summary>
internal sealed record OutputColumn(string Name, EntryColumn? Source, Oid Type, string? Collation, Node? Expression);

/// <summary>A query and where its rows lie. <paramref name="Outputs"/> is null when the columns are not known.</summary>
internal record QueryAnalysis(Locus Locus, IReadOnlyList<OutputColumn>? Outputs);

/// <summary>One SELECT with FROM, taken apart.</summary>
internal sealed record BlockAnalysis(Locus Locus, IReadOnlyList<OutputColumn>? Outputs, SelectStmt Select, Scope Scope)
    : QueryAnalysis(Locus, Outputs)
{
    /// <summary>Where the rows lie after FROM and WHERE, before anything is grouped, sorted or cut.</summary>
    internal required Locus From { get; init; }

    /// <summary>True with GROUP BY, HAVING or an aggregate.</summary>
    internal required bool IsGrouped { get; init; }

    /// <summary>True when no group has rows on two shards, or when nothing is grouped.</summary>
    internal required bool GroupsAreLocal { get; init; }

    internal required bool HasWindows { get; init; }

    /// <summary>True when no window partition has rows on two shards.</summary>
    internal required bool WindowsAreLocal { get; init; }

    /// <summary>True when equal rows of DISTINCT (ON) lie on one shard, or without DISTINCT.</summary>
    internal required bool DistinctIsLocal { get; init; }

    /// <summary>True for a UNION of which two shards may give equal rows: together they are right once duplicates are dropped.</summary>
    internal bool UnionNeedsDistinct { get; init; }
}
