using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Locking;

/// <summary>
/// A parameter with values of a column: an array of the column's own type, of which the planner sees which shards it concerns, or a text[] where that
/// type has none that is built in.
/// </summary>
internal static class KeyArray
{
    internal static Oid TypeOf(Oid column) => PgTypes.ArrayOf(column) is { Value: > 0 } array ? array : PgTypes.TextArray;

    /// <param name="parameter">Its number.</param>
    /// <param name="column">The column's type.</param>
    /// <param name="typeName">The same as format_type writes it.</param>
    internal static Node Read(int parameter, Oid column, string typeName) => PgTypes.ArrayOf(column).Value > 0
        ? Trees.Parameter(parameter)
        : Casts.To(Casts.To(Trees.Parameter(parameter), "pg_catalog.text[]"), typeName + "[]");
}
