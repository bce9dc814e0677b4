using System.Collections.Immutable;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;

namespace Tangelo.Planning.Plans;

/// <summary>
/// SELECT ... LIMIT n FOR UPDATE over several shards, in rounds: the next rows in order are looked for without locks, and just those are locked. A row
/// that cannot be had is made up for by the row after it.
/// </summary>
/// <param name="Candidates">
/// Rows of two columns, the index of the shard and the row's place there: its ctid, or in a join those of all tables, a locked one first. Two parameters follow the client's: how many rows, and a text[] of those
/// that have had their turn, each as <c>index:place</c>.
/// </param>
/// <param name="Lock">
/// The result's columns and the place of rows that are locked; a tid[] of the first table's rows to lock and a text[] of places follow the client's
/// parameters.
/// </param>
/// <param name="Table">A table whose shards are asked.</param>
/// <param name="Limit">How many rows; null for all.</param>
/// <param name="Offset">How many of them are locked but not given; null for none.</param>
/// <param name="Skips">SKIP LOCKED.</param>
public sealed record LockedRowsPlan(
    CombinePlan Candidates, ShardQuery Lock, DistributedTable Table, KeyOperand? Limit, KeyOperand? Offset, bool Skips) : Plan
{
    /// <summary>The types of the parameters that <see cref="Candidates"/> has after the client's: int8, text[].</summary>
    public static ImmutableArray<Oid> CandidateTypes { get; } = [PgTypes.Int8, PgTypes.TextArray];
}

/// <summary>
/// Subqueries that lock rows are run first, each once; what they give becomes parameters of <paramref name="Inner"/> after the client's.
/// </summary>
public sealed record LockedSubqueriesPlan(ImmutableArray<LockedSubquery> Subqueries, Plan Inner) : Plan
{
    /// <summary>The types of the parameters that are added.</summary>
    public ImmutableArray<Oid> Types => [.. Subqueries.SelectMany(s => s.Types)];
}

/// <summary>A subquery of a <see cref="LockedSubqueriesPlan"/>.</summary>
/// <param name="Rows">Gives its rows.</param>
/// <param name="IsScalar">It stands for one value: of more rows than one PostgreSQL would complain.</param>
/// <param name="Types">The value's type, or for each column that of an array of its values.</param>
public sealed record LockedSubquery(Plan Rows, bool IsScalar, ImmutableArray<Oid> Types);
