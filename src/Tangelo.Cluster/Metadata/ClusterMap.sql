-- One row of JSON for each node, then for each table, and last the version. Shards are [id, min, max, [group, ...]].
SELECT json_build_object('kind', 'node', 'id', nodeid, 'group', groupid, 'host', nodename, 'port', nodeport, 'rack', noderack,
    'active', isactive, 'shards', shouldhaveshards, 'role', noderole, 'cluster', nodecluster)::text
FROM pg_catalog.pg_dist_node
UNION ALL
SELECT json_build_object('kind', 'table', 'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname,
    'method', p.partmethod, 'replication', p.repmodel, 'key', p.partkey, 'colocation', p.colocationid,
    'columns', (SELECT json_agg(json_build_array(a.attname, a.attnum, a.atttypid::bigint, a.atttypmod,
            pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid),
            pg_catalog.tangelo_default_kind(a.attrelid, a.attnum)) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'shards', (SELECT json_agg(json_build_array(s.shardid, s.shardminvalue, s.shardmaxvalue,
            (SELECT json_agg(l.groupid ORDER BY l.groupid) FROM pg_catalog.pg_dist_placement l
             WHERE l.shardid = s.shardid AND l.shardstate = 1)))
        FROM pg_catalog.pg_dist_shard s WHERE s.logicalrelid = p.logicalrelid))::text
FROM pg_catalog.pg_dist_partition p
JOIN pg_catalog.pg_class c ON c.oid = p.logicalrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
UNION ALL
SELECT json_build_object('kind', 'version', 'value', version)::text FROM pg_catalog.tangelo_metadata_version
