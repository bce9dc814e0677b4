using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>What cannot be written to append- and range-distributed tables.</summary>
internal static class ByValueWrites
{
    /// <summary>A row stays in the shard in whose bounds it is: its distribution column keeps its value.</summary>
    /// <exception cref="PgException">0A000.</exception>
    internal static void RefuseNewKey(UpdateStmt update, DistributedTable table)
    {
        if (update.TargetList.Any(t => t.ResTarget.Name == table.DistributionColumn?.Name && !IsSame(t.ResTarget)))
            throw NewKey();
    }

    internal static PgException NewKey() => new(SqlState.FeatureNotSupported, "modifying the partition value of rows is not allowed");

    internal static PgException InsertSelect() => new(
        SqlState.FeatureNotSupported, "INSERT ... SELECT into an append-distributed table is not supported",
        hint: "Use COPY, or master_append_table_to_shard.");

    // SET x = x
    private static bool IsSame(ResTarget target) =>
        target.Val is { NodeCase: Node.NodeOneofCase.ColumnRef } value && value.ColumnRef.Fields[^1].String?.Sval == target.Name;
}
