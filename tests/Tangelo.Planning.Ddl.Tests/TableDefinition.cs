using System.Text.RegularExpressions;

namespace Tangelo.Planning.Ddl.Tests;

/// <summary>Everything the catalog says about a table, as lines; shard ids are cut off, so a shell and its shards compare equal.</summary>
public static class TableDefinition
{
    private const string Sql = """
        SELECT * FROM (
        SELECT format('table %s.%s kind %s persistence %s owner %s rls %s %s identity %s options %s acl %s', relnamespace::regnamespace, relname, relkind,
            relpersistence, relowner::regrole, relrowsecurity, relforcerowsecurity, relreplident,
            nullif(array_remove(reloptions, 'autovacuum_analyze_threshold=2147483647'), '{}'), relacl)
        FROM pg_class WHERE oid = $oid
        UNION ALL
        SELECT format('column %s %s notnull %s default %s generated %s storage %s compression %s statistics %s options %s acl %s collation %s', attname,
            format_type(atttypid, atttypmod), attnotnull,
            CASE WHEN tangelo_default_kind(attrelid, attnum) <> 'coordinator' THEN pg_get_expr(adbin, adrelid) END,
            attgenerated, attstorage, attcompression, attstattarget, attoptions, attacl, attcollation)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = $oid AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT format('constraint %s %s validated %s', conname, pg_get_constraintdef(oid), convalidated) FROM pg_constraint WHERE conrelid = $oid
        UNION ALL
        SELECT format('index %s clustered %s identity %s valid %s options %s statistics %s', pg_get_indexdef(indexrelid), indisclustered, indisreplident, indisvalid,
            (SELECT reloptions FROM pg_class WHERE oid = indexrelid), (SELECT array_agg(attstattarget ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexrelid))
        FROM pg_index WHERE indrelid = $oid
        UNION ALL
        SELECT format('policy %s %s %s %s %s %s', polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
        FROM pg_policy WHERE polrelid = $oid
        UNION ALL
        SELECT format('statistics %s target %s', pg_get_statisticsobjdef(oid), stxstattarget) FROM pg_statistic_ext WHERE stxrelid = $oid AND NOT starts_with(stxname::text, 'tangelo_')
        ) x (line)
        """;

    public static async Task<IReadOnlyList<string>> ReadAsync(ShardedDatabase database, string relation)
    {
        var rows = await database.QueryAsync(Sql.Replace("$oid", $"'{relation}'::regclass"));
        return [.. rows.Select(r => Regex.Replace(r[0]!, "_1020[0-9]{2}", "")).Order(StringComparer.Ordinal)];
    }
}
