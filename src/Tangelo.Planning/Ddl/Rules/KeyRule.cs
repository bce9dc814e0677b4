using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Planning.Ddl.Rules;

/// <summary>A unique key of a distributed table holds its distribution column, so that each shard can check it alone.</summary>
internal static class KeyRule
{
    /// <summary>Checks PRIMARY KEY, UNIQUE, and a unique index without expressions among <paramref name="columns"/>.</summary>
    public static void Check(DistributedTable table, IReadOnlyCollection<string> columns)
    {
        if (IsOnOneNode(table))
            return;

        // A column that is not there is PostgreSQL's error.
        if (columns.Any(c => table.FindColumn(c) is null))
            return;
        if (table.Method == DistributionMethod.Append || !columns.Contains(table.DistributionColumn?.Name))
            throw Broken(table);
    }

    /// <summary>Checks a key that is written with a column that ALTER TABLE adds.</summary>
    public static void CheckNewColumn(DistributedTable table)
    {
        if (!IsOnOneNode(table))
            throw Broken(table);
    }

    /// <summary>Checks EXCLUDE: the distribution column must be compared for equality.</summary>
    public static void CheckExclusion(DistributedTable table, Constraint exclusion)
    {
        if (IsOnOneNode(table))
            return;

        foreach (var pair in exclusion.Exclusions)
        {
            var items = pair.List.Items;
            if (items[0].IndexElem.Name == table.DistributionColumn?.Name && items[1].List.Items[^1].String.Sval == "=")
                return;
        }

        throw Broken(table);
    }

    private static bool IsOnOneNode(DistributedTable table) => table.IsReference || table.Method == DistributionMethod.SingleShard;

    private static PgException Broken(DistributedTable table) => table.Method == DistributionMethod.Append
        ? Refusal.NotSupported(
            $"cannot create constraint on \"{table.Name}\"",
            "Nothing keeps equal keys of an append-distributed table in one shard, so no shard can check a unique key.")
        : Refusal.NotSupported(
            $"cannot create constraint on \"{table.Name}\"",
            $"A UNIQUE, PRIMARY KEY or EXCLUDE constraint of a distributed table must include the distribution column \"{table.DistributionColumn?.Name}\" " +
            "(with an equality operator if EXCLUDE): each shard checks it alone.");
}
