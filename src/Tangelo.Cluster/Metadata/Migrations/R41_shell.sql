-- The shell of a distributed table on the coordinator: an empty table whose foreign-table child leads to the shards.

-- INSERT reaches the shell itself: its rows go on to the child, and none stays. Where triggers may have changed them meanwhile, or have sent some
-- on by an INSERT of their own, what stands in the shell counts. Generated columns and the owner's triggers on the child call users' functions: they
-- run with the rights and the search_path of whoever inserts.
CREATE OR REPLACE FUNCTION tangelo_forward() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    command text;
    context text;
    failure jsonb;
BEGIN
    IF pg_catalog.tangelo_upsert_end(TG_RELID) THEN
        PERFORM pg_catalog.tangelo_empty_shell(TG_RELID);
    ELSIF EXISTS (SELECT FROM newrows) THEN
        columns := pg_catalog.tangelo_writable_columns(TG_RELID);
        command := pg_catalog.format('INSERT INTO pg_catalog.tangelo_%s (%s) SELECT %s FROM %s', TG_RELID, columns, columns,
            CASE WHEN pg_catalog.tangelo_watched(TG_RELID) IS NULL THEN 'newrows'
            ELSE pg_catalog.format('pg_catalog.tangelo_rows_of_shell(NULL::%s)', TG_RELID::pg_catalog.regclass) END);
        GET DIAGNOSTICS context = PG_CONTEXT;
        IF pg_catalog.tangelo_looks_at_errors(context) THEN
            BEGIN
                EXECUTE command;
            EXCEPTION WHEN OTHERS THEN
                failure := pg_catalog.tangelo_failure(SQLSTATE, SQLERRM);
                IF failure IS NULL THEN
                    RAISE;
                END IF;
                RAISE EXCEPTION USING ERRCODE = failure ->> 'code', MESSAGE = failure ->> 'message', DETAIL = failure ->> 'detail', HINT = failure ->> 'hint',
                    SCHEMA = failure ->> 'schema', TABLE = failure ->> 'table', COLUMN = failure ->> 'column', DATATYPE = failure ->> 'datatype',
                    CONSTRAINT = failure ->> 'constraint';
            END;
        ELSE
            EXECUTE command;
        END IF;
        PERFORM pg_catalog.tangelo_empty_shell(TG_RELID);
    END IF;
    RETURN NULL;
END $$;
-- Only Tangelo hangs it to tables.
REVOKE EXECUTE ON FUNCTION tangelo_forward() FROM public;

-- Whether a function among the callers may look at the table or the constraint of an error, which postgres_fdw does not pass on. Where one does, INSERT runs under a
-- savepoint, so that the error can be raised again with them.
CREATE OR REPLACE FUNCTION tangelo_looks_at_errors(context text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    callers text := tangelo_callers(context, 'tangelo_forward()');
    looks constant text := E'\\mstacked\\M.*\\m(constraint|table|schema|column|pg_datatype)_name\\M';
BEGIN
    RETURN strpos(callers, 'PL/pgSQL function ') > 0 AND (
        strpos(callers, 'PL/pgSQL function inline_code_block ') > 0 AND current_query() ~* looks
        OR EXISTS (SELECT FROM pg_proc WHERE proname = ANY (tangelo_called_names(callers)) AND prosrc ~* looks));
END $$;

-- The error that the router has last passed on, with all of its fields, where it is this one.
CREATE OR REPLACE FUNCTION tangelo_failure(code text, message text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT f FROM tangelo_call('last_failure') f WHERE f ->> 'code' = code AND f ->> 'message' = message);
END $$;

-- Whether this is a shell of a distributed table that can be looked at and emptied without calling anything of users'. Between statements shells are
-- empty: whoever asks gets at nothing but what passes there.
CREATE OR REPLACE FUNCTION tangelo_require_shell(relation oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation)
        OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relation AND tgtype & 8 <> 0 AND tgenabled IN ('A', 'R') AND NOT tgisinternal AND NOT tangelo_is_own_trigger(tgname, tgfoid))
        OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = relation AND ev_type = '4' AND ev_enabled IN ('A', 'R')) THEN
        RAISE EXCEPTION 'permission denied for table %', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '42501';
    ELSIF (SELECT relforcerowsecurity FROM pg_class WHERE oid = relation) AND tangelo_plans_users(relation) THEN
        RAISE EXCEPTION 'the coordinator cannot write to distributed table "%"', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = 'Row-level security is forced on its owner, and an index of it calls functions of users.', HINT = 'Send the INSERT by itself.';
    END IF;
END $$;

-- The rows that stand in the shell of this type.
CREATE OR REPLACE FUNCTION tangelo_rows_of_shell(shape anyelement) RETURNS SETOF anyelement
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    relation regclass := (SELECT typrelid FROM pg_type WHERE oid = pg_typeof(shape));
    step text;
BEGIN
    PERFORM tangelo_require_shell(relation);
    IF NOT tangelo_plans_users(relation) THEN
        RETURN QUERY EXECUTE format('SELECT * FROM ONLY %s', relation);
        RETURN;
    END IF;
    step := tangelo_owner_step(relation, 'SETOF ' || relation, format('RETURN QUERY SELECT * FROM ONLY %s', relation));
    RETURN QUERY EXECUTE format('SELECT * FROM %s()', step);
    EXECUTE format('DROP FUNCTION %s()', step);
END $$;

-- Empties a shell without its DELETE triggers and rules.
CREATE OR REPLACE FUNCTION tangelo_empty_shell(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET session_replication_role = replica AS $$
BEGIN
    PERFORM tangelo_require_shell(relation);
    PERFORM tangelo_delete_only(relation);
END $$;
GRANT EXECUTE ON FUNCTION tangelo_empty_shell(regclass) TO public;

CREATE OR REPLACE FUNCTION tangelo_writable_columns(relation oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = '');
END $$;

-- The functions that change shells set tangelo.converting, so that tangelo_keys_created leaves their steps alone, and
-- session_replication_role, so that event triggers of the user's do not see them.

-- Foreign keys are checked on the shards; on the shells they would look into empty tables.
CREATE OR REPLACE FUNCTION tangelo_disable_foreign_keys(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    r record;
BEGIN
    PERFORM tangelo_require_owner(relation);
    FOR r IN
        SELECT t.tgrelid::regclass AS relation, t.tgname FROM pg_trigger t JOIN pg_constraint c ON c.oid = t.tgconstraint
        WHERE c.contype = 'f' AND relation IN (c.conrelid, c.confrelid) AND t.tgisinternal AND t.tgenabled <> 'D'
        AND EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = c.confrelid)
    LOOP
        EXECUTE format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', r.relation, r.tgname);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION tangelo_enable_foreign_keys(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    r record;
BEGIN
    PERFORM tangelo_require_owner(relation);
    FOR r IN
        SELECT t.tgrelid::regclass AS relation, t.tgname FROM pg_trigger t JOIN pg_constraint c ON c.oid = t.tgconstraint
        WHERE c.contype = 'f' AND relation IN (c.conrelid, c.confrelid) AND t.tgisinternal AND t.tgenabled = 'D'
    LOOP
        EXECUTE format('ALTER TABLE ONLY %s ENABLE TRIGGER %I', r.relation, r.tgname);
    END LOOP;
END $$;

-- Whoever may insert into the shell sends the rows on by himself; the shards look at rights again.
CREATE OR REPLACE FUNCTION tangelo_open_child(child regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT INSERT ON %s TO public', child);
    -- pg_dump takes rights that were there from the beginning for granted.
    INSERT INTO pg_init_privs (objoid, classoid, objsubid, privtype, initprivs)
        SELECT oid, 'pg_class'::regclass, 0, 'i', relacl FROM pg_class
        WHERE oid = child AND NOT EXISTS (SELECT FROM pg_init_privs WHERE classoid = 'pg_class'::regclass AND objoid = child);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_open_child(regclass) FROM public;

-- The child has the shell's owner: ALTER TABLE descends to it as the user.
CREATE OR REPLACE FUNCTION tangelo_create_child(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET allow_system_table_mods = on AS $$
DECLARE
    child text := format('pg_catalog.%I', 'tangelo_' || relation::oid);
BEGIN
    PERFORM tangelo_require_owner(relation);
    EXECUTE format('CREATE FOREIGN TABLE %s () INHERITS (%s) SERVER tangelo_loopback OPTIONS (schema_name ''tangelo_loopback'', table_name %L)',
        child, relation, 't' || relation::oid);
    EXECUTE format('ALTER FOREIGN TABLE %s OWNER TO %I', child, pg_get_userbyid((SELECT relowner FROM pg_class WHERE oid = relation)));
    PERFORM tangelo_open_child(child);
    -- The child goes when the shell is dropped, without CASCADE.
    UPDATE pg_depend SET deptype = 'a'
    WHERE classid = 'pg_class'::regclass AND objid = child::regclass AND refclassid = 'pg_class'::regclass AND refobjid = relation AND deptype = 'n';
    PERFORM tangelo_mirror_triggers(relation);
    PERFORM tangelo_mirror_actions(relation);
END $$;

CREATE OR REPLACE FUNCTION tangelo_end_of_waiting(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relation AND tgname = 'tangelo_waiting') THEN
        EXECUTE format('DROP TRIGGER tangelo_waiting ON %s', relation);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_end_of_waiting(regclass) FROM public;

CREATE OR REPLACE FUNCTION tangelo_attach_shell(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    child text := format('pg_catalog.%I', 'tangelo_' || relation::oid);
    columns text := tangelo_writable_columns(relation);
    table_name text := relation::text;
    has_rows boolean;
BEGIN
    PERFORM tangelo_create_child(relation);
    PERFORM tangelo_disable_foreign_keys(relation);

    -- A materialized view that was never filled cannot be read.
    IF (SELECT relispopulated FROM pg_class WHERE oid = relation) THEN
        has_rows := tangelo_has_rows(relation);
    END IF;
    IF has_rows THEN
        RAISE NOTICE 'Copying data from local table...';
        PERFORM tangelo_run_as_owner(relation, format('INSERT INTO %s (%s) SELECT %s FROM ONLY %s', child, columns, columns, relation));
        PERFORM tangelo_delete_only(relation);
        RAISE NOTICE 'copying the data has completed' USING DETAIL = format('All rows of table %s are on its shards now.', table_name);
    END IF;

    -- Autovacuum would read the whole cluster through the child; it still clears what passes through the shell.
    IF NOT EXISTS (SELECT FROM pg_class c, pg_options_to_table(c.reloptions) WHERE c.oid = relation AND option_name = 'autovacuum_analyze_threshold') THEN
        EXECUTE format('ALTER TABLE ONLY %s SET (autovacuum_analyze_threshold = 2147483647)', relation);
    END IF;
    PERFORM tangelo_end_of_waiting(relation);
    EXECUTE format('CREATE TRIGGER tangelo_forward AFTER INSERT ON %s REFERENCING NEW TABLE AS newrows FOR EACH STATEMENT EXECUTE FUNCTION tangelo_forward()', relation);
    EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER tangelo_forward', relation);
    PERFORM tangelo_remember_triggers(relation, tangelo_trigger_state(relation));
    PERFORM tangelo_create_upsert_triggers(relation);
    PERFORM tangelo_create_looks(ARRAY[relation]::oid[]);
END $$;

-- Undoes the shell.
CREATE OR REPLACE FUNCTION tangelo_strip_shell(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relation AND tgname = 'tangelo_forward') THEN
        EXECUTE format('DROP TRIGGER tangelo_forward ON %s', relation);
    END IF;
    PERFORM tangelo_leave_stages(relation);
    PERFORM tangelo_drop_upsert_triggers(relation);
    PERFORM tangelo_drop_look(relation);
    EXECUTE format('DROP FOREIGN TABLE IF EXISTS pg_catalog.%I', 'tangelo_' || relation::oid);
    IF EXISTS (SELECT FROM pg_class WHERE oid = relation AND reloptions @> '{autovacuum_analyze_threshold=2147483647}') THEN
        EXECUTE format('ALTER TABLE ONLY %s RESET (autovacuum_analyze_threshold)', relation);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_strip_shell(regclass) FROM public;

-- Undoes the shell and the metadata; the shards are left to the caller, who gets their names:
-- [{"group", "shard", "schema", "name"}].
CREATE OR REPLACE FUNCTION tangelo_forget_table(relation regclass) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    placements jsonb;
BEGIN
    PERFORM tangelo_require_owner(relation);
    SELECT tangelo_placements(relation, n.nspname, c.relname) INTO placements
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation;
    PERFORM tangelo_strip_shell(relation);
    PERFORM tangelo_delete_metadata(ARRAY[relation::oid]);
    RETURN placements;
END $$;

CREATE OR REPLACE FUNCTION tangelo_placements(relation oid, schema_name name, table_name name) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('group', p.groupid, 'shard', s.shardid, 'schema', schema_name,
        'name', tangelo_shard_relname(table_name, s.shardid)) ORDER BY s.shardid, p.groupid), '[]')
    FROM pg_dist_shard s JOIN pg_dist_placement p USING (shardid) WHERE s.logicalrelid = relation);
END $$;

DROP FUNCTION IF EXISTS tangelo_delete_metadata(oid);
CREATE OR REPLACE FUNCTION tangelo_delete_metadata(relations oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    colocations integer[] := ARRAY(SELECT DISTINCT colocationid FROM pg_dist_partition WHERE logicalrelid = ANY (relations));
BEGIN
    PERFORM tangelo_lock_metadata();
    DELETE FROM pg_dist_placement p USING pg_dist_shard s WHERE s.shardid = p.shardid AND s.logicalrelid = ANY (relations);
    DELETE FROM pg_dist_shard WHERE logicalrelid = ANY (relations);
    DELETE FROM tangelo_watch w WHERE w.relation = ANY (relations);
    DELETE FROM tangelo_partitioned_partition p WHERE p.relation = ANY (relations);
    DELETE FROM tangelo_partition_index x WHERE x.partition = ANY (relations);
    DELETE FROM pg_dist_partition WHERE logicalrelid = ANY (relations);
    colocations := ARRAY(SELECT c FROM unnest(colocations) c WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE colocationid = c));
    IF cardinality(colocations) > 0 THEN
        DELETE FROM pg_dist_colocation WHERE colocationid = ANY (colocations);
        DELETE FROM tangelo_isolated_colocation WHERE colocationid = ANY (colocations);
    END IF;
    PERFORM tangelo_follow_actions();
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_delete_metadata(oid[]) FROM public;

-- A shell dropped in any way (DROP SCHEMA, DROP OWNED, in a function) takes its metadata and its shards along.
CREATE OR REPLACE FUNCTION tangelo_table_dropped() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    relations oid[];
    placements jsonb[];
BEGIN
    FOR r IN
        SELECT o.object_identity, o.object_type FROM pg_event_trigger_dropped_objects() o
        JOIN tangelo_own_object own ON own.classid = o.classid AND own.objid = o.objid
        WHERE o.objsubid = 0 ORDER BY o.original DESC LIMIT 1
    LOOP
        RAISE EXCEPTION 'cannot drop % % because extension citus requires it', r.object_type, r.object_identity USING ERRCODE = '2BP01',
            HINT = 'You can drop extension citus instead.';
    END LOOP;

    -- DROP SCHEMA ... CASCADE has dropped the shards on the coordinator too; another connection would wait for that. Partitions go first: with their table
    -- they would be one large set of objects, each of which PostgreSQL compares with all others.
    WITH dropped AS MATERIALIZED (
        SELECT o.objid, o.object_type, o.schema_name, o.object_name FROM pg_event_trigger_dropped_objects() o
        WHERE o.classid = 'pg_class'::regclass AND o.objsubid = 0),
    tables AS (
        SELECT d.objid, row_number() OVER (ORDER BY d.object_type = 'foreign table' DESC, d.objid) AS n, (
            SELECT jsonb_agg(p) FROM jsonb_array_elements(tangelo_placements(d.objid, d.schema_name, d.object_name)) p
            WHERE p ->> 'group' <> '0' OR NOT EXISTS (SELECT FROM dropped o WHERE o.schema_name = p ->> 'schema' AND o.object_name = p ->> 'name')) AS shards
        FROM dropped d WHERE EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = d.objid))
    SELECT array_agg(objid ORDER BY n), array_agg(coalesce(shards, '[]') ORDER BY n) INTO relations, placements FROM tables;
    IF relations IS NOT NULL THEN
        PERFORM tangelo_delete_metadata(relations);
        FOR low IN 1 .. cardinality(relations) BY 100 LOOP
            PERFORM tangelo_call('drop_shards', jsonb_build_object('placements', (
                SELECT coalesce(jsonb_agg(p), '[]') FROM unnest(placements[low : low + 99]) l, jsonb_array_elements(l) p)));
        END LOOP;
    END IF;
    FOR r IN
        SELECT o.objid, f.signature FROM pg_event_trigger_dropped_objects() o JOIN tangelo_node_function f ON f.function = o.objid
        WHERE o.classid = 'pg_proc'::regclass
    LOOP
        DELETE FROM tangelo_node_function WHERE function = r.objid;
        DELETE FROM pg_dist_object WHERE classid = 'pg_proc'::regclass AND objid = r.objid;
        PERFORM tangelo_call('run_on_nodes', jsonb_build_object('commands', jsonb_build_array('DROP ROUTINE IF EXISTS ' || r.signature || ' CASCADE')));
        PERFORM tangelo_drop_call_copies(r.objid);
    END LOOP;
    IF current_setting('tangelo.converting', true) IS DISTINCT FROM 'on' THEN
        PERFORM tangelo_end_waiting();
    END IF;
END $$;
