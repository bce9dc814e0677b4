using System.Collections.Immutable;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Planning.Ddl;

/// <summary>Calls of the functions that Tangelo keeps in pg_catalog of the coordinator.</summary>
internal static class CoordinatorCalls
{
    /// <summary>
    /// After a change of the shell: other routers read it anew, its foreign keys are not checked on the (empty) shell, and its child has
    /// the shell's owner.
    /// </summary>
    public static string TableChanged(DistributedTable table) => $"SELECT pg_catalog.tangelo_table_changed({table.Relation}::pg_catalog.oid)";

    /// <summary>Other routers read the metadata anew.</summary>
    public const string MetadataTouched = "SELECT pg_catalog.tangelo_metadata_touched()";

    /// <summary>Gives every row of a new column its default, which the coordinator computes.</summary>
    public static string FillColumn(DistributedTable table, string column) =>
        $"SELECT pg_catalog.tangelo_fill_column({table.Relation}::pg_catalog.regclass, {ShardNames.Literal(column)})";

    /// <summary>Takes the foreign child away, before a change that PostgreSQL refuses on a foreign table.</summary>
    public static string DetachChild(DistributedTable table) => $"SELECT pg_catalog.tangelo_detach_child({table.Relation}::pg_catalog.oid)";

    /// <summary>Makes the foreign child anew, as the shell now is.</summary>
    public static string AttachChild(DistributedTable table) => $"SELECT pg_catalog.tangelo_attach_child({table.Relation}::pg_catalog.oid)";

    /// <summary>Lets PostgreSQL carry out a statement on a partitioned table as if it had no partitions.</summary>
    public static string HidePartitions(DistributedTable table) => $"SELECT pg_catalog.tangelo_hide_partitions({table.Relation}::pg_catalog.regclass)";

    /// <summary>The end of <see cref="HidePartitions"/>.</summary>
    public static string ShowPartitions(DistributedTable table) => $"SELECT pg_catalog.tangelo_show_partitions({table.Relation}::pg_catalog.regclass)";

    /// <summary>Lets PostgreSQL make an index on a partition, which is a foreign table.</summary>
    public static string OpenPartition(DistributedTable table) => $"SELECT pg_catalog.tangelo_open_partition({table.Relation}::pg_catalog.regclass)";

    /// <summary>The end of <see cref="OpenPartition"/>.</summary>
    public static string ClosePartition(DistributedTable table) => $"SELECT pg_catalog.tangelo_close_partition({table.Relation}::pg_catalog.regclass)";

    /// <summary>The same for all partitions of a table.</summary>
    public static string OpenPartitions(DistributedTable table) => $"SELECT pg_catalog.tangelo_open_partitions({table.Relation}::pg_catalog.regclass, false)";

    /// <summary>The same for those that have indexes.</summary>
    public static string OpenIndexedPartitions(DistributedTable table) => $"SELECT pg_catalog.tangelo_open_partitions({table.Relation}::pg_catalog.regclass, true)";

    /// <summary>The end of <see cref="OpenPartitions"/>.</summary>
    public static string ClosePartitions(DistributedTable table) => $"SELECT pg_catalog.tangelo_close_partitions({table.Relation}::pg_catalog.regclass)";

    /// <summary><see cref="OpenPartition"/> and <see cref="ClosePartition"/>, with a statement between them.</summary>
    public static string IndexPartition(DistributedTable table, string sql) =>
        $"SELECT pg_catalog.tangelo_index_partition({table.Relation}::pg_catalog.regclass, {ShardNames.Literal(sql)})";

    /// <summary>Lets PostgreSQL attach a distributed table as a partition: it becomes one when the statement has ended.</summary>
    public static string BeginAttach(DistributedTable table, DistributedTable attached) =>
        $"SELECT pg_catalog.tangelo_begin_attach({table.Relation}::pg_catalog.regclass, {attached.Relation}::pg_catalog.regclass)";

    /// <summary>Leaves the foreign keys of a partitioned table to its shards while it gets a partition.</summary>
    public static string HideForeignKeys(DistributedTable table) => $"SELECT pg_catalog.tangelo_hide_foreign_keys({table.Relation}::pg_catalog.regclass)";

    /// <summary>The end of <see cref="HideForeignKeys"/>.</summary>
    public static string ShowForeignKeys(DistributedTable table) => $"SELECT pg_catalog.tangelo_show_foreign_keys({table.Relation}::pg_catalog.regclass)";

    /// <summary>Lets PostgreSQL make a foreign key to a partitioned table as if that had no partitions.</summary>
    public static string BeginKey(DistributedTable target) => $"SELECT pg_catalog.tangelo_begin_key({target.Relation}::pg_catalog.regclass)";

    /// <summary>The end of <see cref="BeginKey"/>: the partitions get what PostgreSQL would have made for them.</summary>
    public static string EndKey(DistributedTable target) => $"SELECT pg_catalog.tangelo_end_key({target.Relation}::pg_catalog.regclass)";

    /// <summary>Gives the constraints of partitions on the shards of a table that refers to them the names of the coordinator.</summary>
    public static string NamePartitionKeys(DistributedTable table) => $"SELECT pg_catalog.tangelo_follow_partition_keys({table.Relation}::pg_catalog.regclass)";

    /// <summary>Makes a local table, and those that foreign keys connect with it, known to the cluster.</summary>
    public static string AdoptLocalTable(Oid relation) => $"SELECT pg_catalog.tangelo_adopt_local_table({relation}::pg_catalog.oid)";

    /// <summary>Local tables that no key connects with a reference table any more leave the cluster.</summary>
    public static ImmutableArray<string> ReleaseLocalTables(ClusterMap map) =>
        map.Tables.Any(t => t.IsLocal) ? ["SELECT pg_catalog.tangelo_release_local_tables(true)"] : [];

    /// <summary>Takes a table out of the metadata, with its child and trigger, so that it can be dropped.</summary>
    public static string ForgetTable(DistributedTable table) => $"SELECT pg_catalog.tangelo_forget_table({table.Relation}::pg_catalog.regclass)";

    /// <summary>An index that not every shard could build is shown as invalid.</summary>
    public static string IndexFailed(DistributedTable table, string index) =>
        $"SELECT pg_catalog.tangelo_index_failed({ShardNames.Literal(ShardNames.QuoteQualified(table.Schema, index))})";

    /// <summary>Gives the shards of a table a policy as it now is on the coordinator.</summary>
    public static string PutPolicy(DistributedTable table, string policy) =>
        $"SELECT pg_catalog.tangelo_put_policy({table.Relation}::pg_catalog.oid, {ShardNames.Literal(policy)})";

    /// <summary>Statements that make the roles, types, functions, schemas and extensions a table needs, each harmless where they exist.</summary>
    public static string Dependencies(DistributedTable table) =>
        $"SELECT pg_catalog.unnest(pg_catalog.tangelo_table_dependencies({table.Relation}::pg_catalog.oid))";

    /// <summary>The same for several tables.</summary>
    public static string Dependencies(IEnumerable<DistributedTable> tables) => string.Join(" UNION ALL ", tables.Select(Dependencies));
}
