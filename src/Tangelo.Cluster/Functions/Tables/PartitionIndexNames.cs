using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Indexes that PostgreSQL makes on the partitions of a shard are called after these. They get the coordinator's names with the shard's number. There may be a
/// hundred thousand: a superuser writes the names into the catalog at once, another role renames one after the other.
/// </summary>
internal static class PartitionIndexNames
{
    /// <summary>So many indexes in one statement.</summary>
    private const int AtOnce = 5000;

    /// <summary>The statements that name the indexes of partitions, where those of their parents have their names.</summary>
    public static IEnumerable<string> Set(IEnumerable<LateCommands> commands, IReadOnlyDictionary<Oid, DistributedTable> tables, IReadOnlyList<int> indexes) =>
        commands.SelectMany(c => Names(c, tables, indexes)).Chunk(AtOnce).Select(Statement);

    private static IEnumerable<(string Shard, string OfParent, string Name)> Names(LateCommands command, IReadOnlyDictionary<Oid, DistributedTable> tables, IReadOnlyList<int> indexes)
    {
        if (command.Parent is not { } parent)
            yield break;
        var table = tables[command.Table];
        foreach (var i in indexes)
        {
            foreach (var (index, ofParent) in command.Names)
            {
                yield return (
                    ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[i].Id)),
                    ShardNames.Extend(ofParent, tables[parent].Shards[i].Id),
                    ShardNames.Extend(index, table.Shards[i].Id));
            }
        }
    }

    private static string Statement((string Shard, string OfParent, string Name)[] names) => "DO " + ShardNames.Literal(
        $"""
        DECLARE
            found CONSTANT pg_catalog.jsonb := (
                SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('relation', i.indrelid::pg_catalog.int8, 'index', i.indexrelid::pg_catalog.int8, 'name', v.name))
                FROM ROWS FROM (
                    pg_catalog.unnest({ShardNames.Array(names.Select(n => n.Shard))}::pg_catalog.regclass[]),
                    pg_catalog.unnest({ShardNames.Array(names.Select(n => n.OfParent))}::pg_catalog.name[]),
                    pg_catalog.unnest({ShardNames.Array(names.Select(n => n.Name))}::pg_catalog.name[])) AS v (shard, parent, name)
                JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) v.shard::pg_catalog.oid JOIN pg_catalog.pg_inherits h ON h.inhrelid OPERATOR(pg_catalog.=) i.indexrelid
                JOIN pg_catalog.pg_class p ON p.oid OPERATOR(pg_catalog.=) h.inhparent AND p.relname OPERATOR(pg_catalog.=) v.parent);
            r record;
        BEGIN
            IF (SELECT a.rolsuper FROM pg_catalog.pg_roles a WHERE a.rolname OPERATOR(pg_catalog.=) current_user) THEN
                UPDATE pg_catalog.pg_constraint k SET conname = f.name
                FROM pg_catalog.jsonb_to_recordset(found) AS f (relation pg_catalog.oid, index pg_catalog.oid, name pg_catalog.name)
                WHERE k.conrelid OPERATOR(pg_catalog.=) f.relation AND k.conindid OPERATOR(pg_catalog.=) f.index;
                UPDATE pg_catalog.pg_class c SET relname = f.name
                FROM pg_catalog.jsonb_to_recordset(found) AS f (index pg_catalog.oid, name pg_catalog.name) WHERE c.oid OPERATOR(pg_catalog.=) f.index;
            ELSE
                FOR r IN SELECT f.index::pg_catalog.regclass AS index, f.name FROM pg_catalog.jsonb_to_recordset(found) AS f (index pg_catalog.oid, name pg_catalog.name) LOOP
                    EXECUTE pg_catalog.format('ALTER INDEX %s RENAME TO %I', r.index, r.name);
                END LOOP;
            END IF;
        END
        """);
}
