using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// PostgreSQL reads the bounds of all partitions whenever one is attached, so many of them cost the square of their number. While many are made, those that
/// are there already lie aside: a partition is noted as its own parent, and pg_depend tells whose it is. Only a superuser may do so;
/// for another role of the node all goes on as usual, and slowly.
/// </summary>
internal static class AsidePartitions
{
    /// <summary>So many of them are made before they are put aside.</summary>
    public const int AtOnce = 20;

    /// <summary>The statement that puts the partitions of a table's shards on a node aside. A default partition stays: its rows have to be looked at.</summary>
    public static string Put(DistributedTable table, GroupId group) => AsSuperuser(
        $"""
        UPDATE pg_catalog.pg_inherits i SET inhparent = i.inhrelid FROM pg_catalog.pg_partitioned_table p
        WHERE p.partrelid IN ({Shards(table, group)}) AND i.inhparent = p.partrelid AND i.inhrelid <> p.partdefid;
        """);

    /// <summary>The statement that gives them back. What the backend knows of the table and its default partition it reads anew.</summary>
    public static string Return(DistributedTable table, GroupId group) => AsSuperuser(
        $"""
        UPDATE pg_catalog.pg_inherits i SET inhparent = d.refobjid FROM pg_catalog.pg_depend d
        WHERE i.inhparent = i.inhrelid AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.inhrelid AND d.objsubid = 0
            AND d.refclassid = d.classid AND d.refobjid IN ({Shards(table, group)}) AND d.deptype = 'a';
        UPDATE pg_catalog.pg_class c SET relname = c.relname FROM pg_catalog.pg_partitioned_table p
        WHERE p.partrelid IN ({Shards(table, group)}) AND c.oid IN (p.partrelid, p.partdefid);
        """);

    private static string Shards(DistributedTable table, GroupId group) => string.Join(", ", table.ShardsOn(group).Select(i =>
        ShardNames.Literal(ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[i].Id))) + "::pg_catalog.regclass"));

    private static string AsSuperuser(string statements) =>
        $"DO {ShardNames.Literal($"BEGIN IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN {statements} END IF; END")}";
}
