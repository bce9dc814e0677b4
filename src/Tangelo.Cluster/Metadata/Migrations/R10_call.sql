-- Calls a function of the router; it sees the caller's transaction. The request is a literal, so that postgres_fdw always
-- ships the comparison in the same form. The answer is complete when this returns.
CREATE OR REPLACE FUNCTION tangelo_call(fn text, args jsonb DEFAULT '{}') RETURNS SETOF jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT response::jsonb FROM tangelo_request WHERE request = %L',
        jsonb_build_object('fn', fn, 'args', coalesce(args, '{}'))::text);
END $$;

-- The decision of a two-phase commit: one row for each prepared transaction, committed with the caller's transaction. The lock is what snapshots
-- of several nodes wait for (docs/transactions.md). The second phase begins as soon as the caller has committed, so that must not be lost in a crash.
CREATE OR REPLACE FUNCTION tangelo_record_decision(groupids integer[], gids text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    recorded integer;
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    PERFORM pg_advisory_xact_lock_shared(8386105371502866295);
    INSERT INTO pg_dist_transaction (groupid, gid, outer_xid)
    SELECT g, t, pg_current_xact_id() FROM unnest(groupids, gids) AS u(g, t) ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS recorded = ROW_COUNT;
    IF recorded <> cardinality(gids) THEN
        RAISE EXCEPTION 'could not commit because another router has rolled back a part of the transaction'
            USING ERRCODE = '40001', DETAIL = 'It could not see that this router is alive.', HINT = 'The transaction might succeed if retried.';
    END IF;
END $$;

-- What recovery asks before it ends a prepared transaction: true when it is decided. Where it is not, nobody can decide from now on.
CREATE OR REPLACE FUNCTION tangelo_refuse_commit(groupid integer, gid text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET synchronous_commit = on AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO pg_dist_transaction (groupid, gid) VALUES ($1, $2) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        INSERT INTO tangelo_refused_commit (gid) VALUES ($2);
        -- A router that was taken for dead and has not tried to commit in a day will not.
        WITH old AS (DELETE FROM tangelo_refused_commit r WHERE r.refused_at < now() - interval '1 day' RETURNING r.gid)
        DELETE FROM pg_dist_transaction t USING old WHERE t.gid = old.gid AND t.outer_xid IS NULL;
        RETURN false;
    END IF;
    RETURN (SELECT t.outer_xid IS NOT NULL FROM pg_dist_transaction t WHERE t.groupid = $1 AND t.gid = $2);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_refuse_commit(integer, text) FROM public;

-- Administrative changes wait for each other from here to the end of the transaction.
CREATE OR REPLACE FUNCTION tangelo_lock_metadata() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOCK TABLE pg_dist_node, pg_dist_colocation IN SHARE ROW EXCLUSIVE MODE;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_lock_metadata() FROM public;

-- Names of shards, as the router makes them: a name that would pass 63 bytes is cut and carries an FNV-1a hash of the whole.
CREATE OR REPLACE FUNCTION tangelo_shard_relname(name text, shardid bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    suffix text := '_' || shardid;
    bytes bytea := convert_to(name, 'UTF8');
    hash bigint := 2166136261;
    room integer;
    cut text := '';
    letter text;
BEGIN
    IF length(bytes) + length(suffix) <= 63 THEN
        RETURN name || suffix;
    END IF;
    FOR i IN 0 .. length(bytes) - 1 LOOP
        hash := ((hash # get_byte(bytes, i)) * 16777619) & 4294967295;
    END LOOP;
    room := 63 - length(suffix) - 9;
    FOREACH letter IN ARRAY regexp_split_to_array(name, '') LOOP
        room := room - octet_length(convert_to(letter, 'UTF8'));
        EXIT WHEN room < 0;
        cut := cut || letter;
    END LOOP;
    RETURN cut || '_' || lpad(to_hex(hash), 8, '0') || suffix;
END $$;

-- The shards of the coordinator itself: relation oids by name, since renames and index changes reach them as SQL.
CREATE OR REPLACE VIEW tangelo_coordinator_shard AS
    SELECT c.oid AS relation, s.shardid, s.logicalrelid
    FROM pg_dist_placement p
    JOIN pg_dist_shard s USING (shardid)
    JOIN pg_class shell ON shell.oid = s.logicalrelid
    -- Nearly every name is short enough to be made without the function.
    JOIN pg_class c ON c.relnamespace = shell.relnamespace AND c.relname = CASE
        WHEN octet_length(shell.relname::text) + length(s.shardid::text) < 63 THEN shell.relname || '_' || s.shardid
        ELSE tangelo_shard_relname(shell.relname, s.shardid) END
    WHERE p.groupid = 0;

-- Everything outside pg_catalog that introspection must not show.
CREATE OR REPLACE VIEW tangelo_hidden_object AS
    SELECT classid, objid FROM tangelo_own_object
    UNION ALL
    SELECT 'pg_class'::regclass::oid, relation FROM tangelo_coordinator_shard
    UNION ALL
    SELECT 'pg_class'::regclass::oid, i.indexrelid FROM tangelo_coordinator_shard s JOIN pg_index i ON i.indrelid = s.relation
    UNION ALL
    SELECT 'pg_type'::regclass::oid, t.oid
    FROM tangelo_coordinator_shard s JOIN pg_class c ON c.oid = s.relation JOIN pg_type r ON r.oid = c.reltype
    JOIN pg_type t ON t.oid IN (r.oid, r.typarray);

GRANT SELECT ON tangelo_coordinator_shard, tangelo_hidden_object TO public;
