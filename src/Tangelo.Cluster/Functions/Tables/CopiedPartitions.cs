using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// PostgreSQL reads all of pg_constraint whenever it attaches a partition. Of the shards that many partitions have on a node the first is attached by PostgreSQL;
/// what it notes about that one is noted about the others by hand, aside as <see cref="AsidePartitions"/> puts them.
/// docs/decisions/0048-indexes-after-partitions.md has the reasons.
/// </summary>
internal sealed class CopiedPartitions(IReadOnlyDictionary<Oid, DistributedTable> tables)
{
    private readonly List<(string Shard, string Model, string Parent)> _noted = [];

    /// <summary>True where the role may write the catalogs of the node, and they are of a version whose partitions are known.</summary>
    public static async Task<bool> CanBeAsync(IClusterSession session, GroupId group, CancellationToken cancellation) =>
        await session.QueryAsync(
            group,
            "SELECT rolsuper AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4 BETWEEN 150000 AND 179999 FROM pg_catalog.pg_roles WHERE rolname = current_user",
            cancellation) is [["t"]];

    /// <summary>The statements that make the shards of a table at <paramref name="indexes"/>. <see cref="Take"/> says what follows them; null where none of this is for the table.</summary>
    public IEnumerable<string>? Render(TableCommands commands, DistributedTable table, IReadOnlyList<int> indexes)
    {
        if (commands.Parent is not { } parent || indexes.Count == 0)
            return null;
        _noted.AddRange(indexes.Skip(1).Select(i => (Name(table, i), Name(table, indexes[0]), Name(tables[parent], i))));
        return commands.Render(table, tables, indexes.Take(1)).Concat((commands with { Attach = null }).Render(table, tables, indexes.Skip(1)));
    }

    /// <summary>The statements that make partitions of the shards rendered since the last call.</summary>
    public IEnumerable<string> Take()
    {
        if (_noted.Count == 0)
            return [];
        var statement =
            $"""
            WITH v AS MATERIALIZED (
                SELECT shard::pg_catalog.oid, model::pg_catalog.oid, parent::pg_catalog.oid FROM ROWS FROM (
                    pg_catalog.unnest({ShardNames.Array(_noted.Select(n => n.Shard))}::pg_catalog.regclass[]),
                    pg_catalog.unnest({ShardNames.Array(_noted.Select(n => n.Model))}::pg_catalog.regclass[]),
                    pg_catalog.unnest({ShardNames.Array(_noted.Select(n => n.Parent))}::pg_catalog.regclass[])) AS n (shard, model, parent)),
            below AS (
                INSERT INTO pg_catalog.pg_inherits (inhrelid, inhparent, inhseqno, inhdetachpending) SELECT shard, shard, 1, false FROM v),
            depends AS (
                INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
                SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, shard, 0, 'pg_catalog.pg_class'::pg_catalog.regclass, parent, 0, 'a' FROM v),
            columns AS (
                UPDATE pg_catalog.pg_attribute a SET attinhcount = m.attinhcount, attislocal = m.attislocal
                FROM v JOIN pg_catalog.pg_attribute m ON m.attrelid OPERATOR(pg_catalog.=) v.model AND m.attnum OPERATOR(pg_catalog.>) 0
                WHERE a.attrelid OPERATOR(pg_catalog.=) v.shard AND a.attname OPERATOR(pg_catalog.=) m.attname),
            checks AS (
                UPDATE pg_catalog.pg_constraint c SET coninhcount = m.coninhcount, conislocal = m.conislocal
                FROM v JOIN pg_catalog.pg_constraint m ON m.conrelid OPERATOR(pg_catalog.=) v.model AND m.contype OPERATOR(pg_catalog.=) 'c'
                WHERE c.conrelid OPERATOR(pg_catalog.=) v.shard AND c.contype OPERATOR(pg_catalog.=) 'c' AND c.conname OPERATOR(pg_catalog.=) m.conname),
            parents AS (
                UPDATE pg_catalog.pg_class c SET relhassubclass = true FROM (SELECT DISTINCT parent FROM v) p WHERE c.oid OPERATOR(pg_catalog.=) p.parent AND NOT c.relhassubclass)
            UPDATE pg_catalog.pg_class c SET relispartition = true, relpartbound = m.relpartbound
            FROM v JOIN pg_catalog.pg_class m ON m.oid OPERATOR(pg_catalog.=) v.model WHERE c.oid OPERATOR(pg_catalog.=) v.shard
            """;
        _noted.Clear();
        return [statement];
    }

    private static string Name(DistributedTable table, int index) => ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[index].Id));
}
