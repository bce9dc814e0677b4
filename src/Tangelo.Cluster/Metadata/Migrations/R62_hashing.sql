-- The place of a value on the ring, by PostgreSQL's own hash functions.

-- value is the text form of a value of that type.
CREATE OR REPLACE FUNCTION tangelo_hash(value text, type_oid oid) RETURNS integer
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hash integer;
BEGIN
    IF tangelo_hash_function(type_oid) IS NULL THEN
        RAISE EXCEPTION 'could not identify a hash function for type %', format_type(type_oid, NULL) USING ERRCODE = '42883';
    END IF;
    EXECUTE format('SELECT %s(%L::%s)', tangelo_hash_function(type_oid), value, format_type(type_oid, -1)) INTO hash;
    RETURN hash;
END $$;

CREATE OR REPLACE FUNCTION tangelo_shard_of(relation regclass, value text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_dist_partition;
    type_oid oid;
    hash integer;
BEGIN
    IF relation IS NULL THEN
        RAISE EXCEPTION 'relation cannot be NULL' USING ERRCODE = '22004';
    END IF;
    PERFORM tangelo_require_distributed(relation);
    SELECT * INTO p FROM pg_dist_partition WHERE logicalrelid = relation;
    IF p.partmethod = 'n' THEN
        RETURN (SELECT shardid FROM pg_dist_shard WHERE logicalrelid = relation);
    END IF;
    IF value IS NULL THEN
        RAISE EXCEPTION 'distribution value cannot be NULL for tables other than reference tables' USING ERRCODE = '22004';
    END IF;
    IF p.partmethod <> 'h' THEN
        RAISE EXCEPTION 'finding shard id of given distribution value is only supported for hash partitioned tables and reference tables' USING ERRCODE = '0A000';
    END IF;
    SELECT atttypid INTO type_oid FROM pg_attribute WHERE attrelid = relation AND attnum::text = p.partkey;
    hash := tangelo_hash(value, type_oid);
    RETURN (SELECT shardid FROM pg_dist_shard WHERE logicalrelid = relation AND hash BETWEEN shardminvalue::integer AND shardmaxvalue::integer);
END $$;

-- Two forms, because a literal without a type is not an element of any type.
CREATE OR REPLACE FUNCTION get_shard_id_for_distribution_column(table_name regclass, distribution_value text DEFAULT NULL) RETURNS bigint
LANGUAGE sql STABLE AS $$ SELECT pg_catalog.tangelo_shard_of($1, $2) $$;
CREATE OR REPLACE FUNCTION get_shard_id_for_distribution_column(table_name regclass, distribution_value anyelement) RETURNS bigint
LANGUAGE sql STABLE AS $$ SELECT pg_catalog.tangelo_shard_of($1, $2::text) $$;

CREATE OR REPLACE FUNCTION worker_hash(value text) RETURNS integer
LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.tangelo_hash($1, 'text'::pg_catalog.regtype) $$;
CREATE OR REPLACE FUNCTION worker_hash(value anyelement) RETURNS integer
LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.tangelo_hash($1::text, pg_catalog.pg_typeof($1)) $$;
