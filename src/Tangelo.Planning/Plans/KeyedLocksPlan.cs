using System.Collections.Immutable;
using Tangelo.Core;
using Tangelo.Planning.Analysis;

namespace Tangelo.Planning.Plans;

/// <summary>
/// SELECT ... FOR UPDATE of a query that may be anything: its rows are computed without locks, and those of its tables are locked by their keys; then
/// again, until every row of the result is locked.
/// </summary>
/// <param name="Rows">
/// The result, followed by a column for each locked table: the key of its row as text. A text[] for each of those tables follows the client's parameters:
/// keys that are not to be had.
/// </param>
/// <param name="Tables">The locked tables.</param>
/// <param name="Limit">With an OFFSET: how many rows; null for all.</param>
/// <param name="Offset">How many rows are locked but not given; null for none. The query itself gives them.</param>
public sealed record KeyedLocksPlan(Plan Rows, ImmutableArray<KeyedLock> Tables, KeyOperand? Limit, KeyOperand? Offset) : Plan
{
    /// <summary>The types of the parameters that <see cref="Rows"/> has after the client's.</summary>
    public ImmutableArray<Oid> RowTypes => [.. Tables.Select(_ => PgTypes.TextArray)];
}

/// <summary>Locks rows of one table.</summary>
/// <param name="Lock">
/// Gives the keys, as text, of the rows that it has locked. Its parameters: for each column of the key an array of values; of several columns a text[] of the whole keys besides.
/// </param>
/// <param name="Types">The types of those parameters.</param>
/// <param name="Skips">SKIP LOCKED.</param>
public sealed record KeyedLock(Plan Lock, ImmutableArray<Oid> Types, bool Skips);
