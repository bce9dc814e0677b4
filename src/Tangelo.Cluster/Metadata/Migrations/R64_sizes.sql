-- Sizes, read from the nodes in the caller's transaction, and the views that show them.

-- Of every shard, or of those of one table. STABLE, so that a view whose size is not asked for does not ask the nodes.
CREATE OR REPLACE FUNCTION tangelo_placement_sizes(relation regclass DEFAULT NULL, shard bigint DEFAULT NULL)
RETURNS TABLE (logicalrelid regclass, shardid bigint, groupid integer, main_size bigint, table_size bigint, total_size bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    placements jsonb;
BEGIN
    SELECT jsonb_agg(jsonb_build_object('group', p.groupid, 'shard', s.shardid, 'schema', n.nspname, 'name', tangelo_shard_relname(c.relname, s.shardid)))
    INTO placements
    FROM pg_dist_shard s JOIN pg_dist_placement p USING (shardid)
    JOIN pg_class c ON c.oid = s.logicalrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_dist_node d ON d.groupid = p.groupid AND d.noderole = 'primary' AND d.isactive
    WHERE p.shardstate = 1 AND (relation IS NULL OR s.logicalrelid = relation) AND (shard IS NULL OR s.shardid = shard);
    IF placements IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT s.logicalrelid, s.shardid, (r ->> 'group')::integer, (r ->> 'main')::bigint, (r ->> 'table')::bigint, (r ->> 'total')::bigint
        FROM tangelo_call('shard_sizes', jsonb_build_object('placements', placements)) r JOIN pg_dist_shard s ON s.shardid = (r ->> 'shard')::bigint;
END $$;

CREATE OR REPLACE FUNCTION tangelo_require_size(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE EXCEPTION 'cannot calculate the size because relation ''%'' is not distributed', (SELECT relname FROM pg_class WHERE oid = relation)
            USING ERRCODE = '42809';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION citus_table_size(logicalrelid regclass) RETURNS bigint
LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_require_size($1);
    RETURN (SELECT coalesce(sum(table_size), 0) FROM tangelo_placement_sizes($1));
END $$;
CREATE OR REPLACE FUNCTION citus_relation_size(logicalrelid regclass) RETURNS bigint
LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_require_size($1);
    RETURN (SELECT coalesce(sum(main_size), 0) FROM tangelo_placement_sizes($1));
END $$;
CREATE OR REPLACE FUNCTION citus_total_relation_size(logicalrelid regclass, fail_on_error boolean DEFAULT true) RETURNS bigint
LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF fail_on_error THEN
        PERFORM tangelo_require_size($1);
    END IF;
    RETURN (SELECT coalesce(sum(total_size), 0) FROM tangelo_placement_sizes($1));
END $$;

-- One placement's size: a shard is as large as one of its copies.
CREATE OR REPLACE FUNCTION citus_shard_size(shardid bigint) RETURNS bigint
LANGUAGE sql STABLE STRICT AS $$ SELECT max(total_size) FROM pg_catalog.tangelo_placement_sizes(NULL, $1) $$;
CREATE OR REPLACE FUNCTION citus_shard_sizes(OUT shard_id integer, OUT size bigint) RETURNS SETOF record
LANGUAGE sql STABLE AS $$ SELECT shardid::integer, total_size FROM pg_catalog.tangelo_placement_sizes() $$;

CREATE OR REPLACE FUNCTION tangelo_table_type(partmethod "char", repmodel "char", colocation integer) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN partmethod <> 'n' THEN 'distributed' WHEN repmodel = 't' THEN 'reference'
        WHEN EXISTS (SELECT FROM pg_catalog.pg_dist_schema s WHERE s.colocationid = colocation) THEN 'schema'
        WHEN colocation = 0 THEN 'local' ELSE 'distributed' END
$$;

CREATE OR REPLACE VIEW pg_dist_shard_placement AS
    SELECT p.shardid, p.shardstate, p.shardlength, n.nodename, n.nodeport, p.placementid
    FROM pg_dist_placement p JOIN pg_dist_node n ON n.groupid = p.groupid AND n.noderole = 'primary';

CREATE OR REPLACE VIEW citus_shards AS
    SELECT p.logicalrelid AS table_name, s.shardid, shard_name(p.logicalrelid, s.shardid) AS shard_name,
        tangelo_table_type(p.partmethod, p.repmodel, p.colocationid) AS citus_table_type, p.colocationid AS colocation_id,
        n.nodename, n.nodeport, z.size AS shard_size
    FROM pg_dist_partition p
    JOIN pg_dist_shard s ON s.logicalrelid = p.logicalrelid
    JOIN pg_dist_placement l ON l.shardid = s.shardid AND l.shardstate = 1
    JOIN pg_dist_node n ON n.groupid = l.groupid AND n.noderole = 'primary'
    JOIN pg_class c ON c.oid = p.logicalrelid
    LEFT JOIN (SELECT shardid, groupid, sum(total_size)::bigint AS size FROM tangelo_placement_sizes() GROUP BY 1, 2) z
        ON z.shardid = s.shardid AND z.groupid = l.groupid
    ORDER BY p.logicalrelid::text, s.shardid;

CREATE OR REPLACE VIEW citus_tables AS
    SELECT p.logicalrelid AS table_name, tangelo_table_type(p.partmethod, p.repmodel, p.colocationid) AS citus_table_type,
        coalesce(column_to_column_name(p.logicalrelid, p.partkey), '<none>') AS distribution_column,
        p.colocationid AS colocation_id, pg_size_pretty(coalesce(z.size, 0)) AS table_size,
        (SELECT count(*) FROM pg_dist_shard s WHERE s.logicalrelid = p.logicalrelid) AS shard_count,
        pg_get_userbyid(c.relowner) AS table_owner, a.amname AS access_method
    FROM pg_dist_partition p
    JOIN pg_class c ON c.oid = p.logicalrelid
    LEFT JOIN pg_am a ON a.oid = c.relam
    LEFT JOIN (SELECT logicalrelid, sum(total_size)::bigint AS size FROM tangelo_placement_sizes() GROUP BY 1) z ON z.logicalrelid = p.logicalrelid
    ORDER BY p.logicalrelid::text;

CREATE OR REPLACE VIEW citus_schemas AS
    SELECT s.schemaid::regnamespace AS schema_name, s.colocationid AS colocation_id, pg_size_pretty(coalesce(z.size, 0)) AS schema_size,
        pg_get_userbyid(n.nspowner) AS schema_owner
    FROM pg_dist_schema s JOIN pg_namespace n ON n.oid = s.schemaid
    LEFT JOIN (
        SELECT c.relnamespace, sum(total_size)::bigint AS size FROM tangelo_placement_sizes() t JOIN pg_class c ON c.oid = t.logicalrelid GROUP BY 1) z
        ON z.relnamespace = s.schemaid;

GRANT SELECT ON pg_dist_shard_placement, citus_shards, citus_tables, citus_schemas TO public;
