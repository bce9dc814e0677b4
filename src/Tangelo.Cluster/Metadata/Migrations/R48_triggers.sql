-- Triggers and rules of distributed tables run on the coordinator. INSERT reaches the shell, where its triggers stand; UPDATE and DELETE reach the
-- rows by the foreign child, which therefore has a copy of each row trigger for them. Routers send what a trigger or rule watches to the coordinator.

-- Changes with anything that the copies depend on. NULL for a table without triggers and rules.
CREATE OR REPLACE FUNCTION tangelo_trigger_state(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT md5(string_agg(part, E'\n' ORDER BY part)) FROM (
        SELECT concat_ws(' ', t.tgenabled, tangelo_trigger_definition(t.oid, false), p.oid, md5(p.prosrc), p.prosecdef, p.proconfig, p.proowner, p.provolatile) AS part
        FROM tangelo_user_triggers(relation) t JOIN pg_proc p ON p.oid = t.tgfoid
        UNION ALL
        SELECT concat_ws(' ', 'column', a.attname, a.atttypid, a.atttypmod, a.attcollation) FROM pg_attribute a
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
            AND (tangelo_staged_kinds(relation) <> '' OR EXISTS (SELECT FROM tangelo_user_triggers(relation) WHERE tgdeferrable))
        UNION ALL
        SELECT concat_ws(' ', 'rule', r.rulename, r.ev_type, r.ev_enabled) FROM pg_rewrite r WHERE r.ev_class = relation AND r.ev_type <> '1') s;
$$;

-- The table that a foreign child, or a stage, stands for.
CREATE OR REPLACE FUNCTION tangelo_shell_of(child oid) RETURNS oid
LANGUAGE sql STABLE AS $$
    SELECT coalesce(pg_catalog.substring(c.relname::pg_catalog.text, '^tangelo_stage_(?:[ud]|c[iu][0-9]+_)([0-9]+)$')::pg_catalog.oid, (
        SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid OPERATOR(pg_catalog.=) child))
    FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) child;
$$;

-- Declarations by which a function in plpgsql takes another table for that of its trigger.
CREATE OR REPLACE FUNCTION tangelo_trigger_variables(relation text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('tg_relid pg_catalog.oid := %s; ', relation)
        || 'tg_table_name pg_catalog.name := (SELECT relname FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) tg_relid); '
        'tg_relname pg_catalog.name := tg_table_name; '
        'tg_table_schema pg_catalog.name := (SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n '
        'ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) tg_relid); ';
$$;
REVOKE EXECUTE ON FUNCTION tangelo_trigger_variables(text) FROM public;

-- The function that a copy of a trigger calls. One in plpgsql is told the client's table by TG_RELID and the like: they are declared anew in a
-- block around its own. Its name holds the name that CONTEXT shows. All of it stands on the first line, so line numbers stay.
CREATE OR REPLACE FUNCTION tangelo_trigger_function(function oid) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(tangelo_wrapped_function(function, 'tangelo_t' || function,
        'DECLARE ' || tangelo_trigger_variables('pg_catalog.tangelo_shell_of(tg_relid)') || 'BEGIN '),
        (SELECT format('%I.%I', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = function));
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_trigger_function(oid) FROM public;

-- The copy of a function with a block around its own that begins so; what it is named by stands before its name. NULL where it is not in plpgsql.
CREATE OR REPLACE FUNCTION tangelo_wrapped_function(function oid, kind text, start text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on SET check_function_bodies = on AS $$
DECLARE
    p record;
    copy text;
    options text;
    visible name[] := coalesce(nullif(current_setting('tangelo.visible_schemas', true), ''), '{public}')::name[];
    statements text[];
    statement text;
BEGIN
    SELECT f.*, l.lanname, n.nspname INTO p
    FROM pg_proc f JOIN pg_language l ON l.oid = f.prolang JOIN pg_namespace n ON n.oid = f.pronamespace WHERE f.oid = function;
    IF p.lanname <> 'plpgsql' THEN
        RETURN NULL;
    END IF;
    copy := format('%s:%s', kind, CASE WHEN p.nspname = ANY (visible) THEN quote_ident(p.proname) ELSE format('%I.%I', p.nspname, p.proname) END)::name;
    options := coalesce(substring(p.prosrc FROM E'^(?:\\s*#\\s*\\w+[^\\n]*\\n)+'), '');

    -- With a semicolon at its end, or without one.
    statements := ARRAY(
        SELECT format('CREATE OR REPLACE FUNCTION pg_catalog.%I() RETURNS pg_catalog.trigger LANGUAGE plpgsql AS %L', copy,
            options || start || substr(p.prosrc, length(options) + 1) || u.ending)
        FROM unnest(ARRAY[E'\n; END', E'\nEND']) WITH ORDINALITY AS u(ending, n) ORDER BY u.n);

    -- Its text is read as where it was made: types of columns and rows are found by the search_path. Nothing else may be found by it.
    PERFORM set_config('search_path', coalesce(
        (SELECT substr(c, length('search_path=') + 1) FROM unnest(p.proconfig) c WHERE starts_with(c, 'search_path=')),
        (SELECT string_agg(quote_ident(s), ', ' ORDER BY n) FROM unnest(visible) WITH ORDINALITY AS u(s, n)), ''), true);

    FOREACH statement IN ARRAY statements LOOP
        BEGIN
            EXECUTE statement;
            EXIT;
        EXCEPTION WHEN syntax_error THEN
            IF statement OPERATOR(pg_catalog.=) statements[2] THEN
                RAISE EXCEPTION 'function %() cannot be a trigger function of a distributed table', p.proname USING ERRCODE = '0A000',
                    DETAIL = pg_catalog.format('Its body cannot be put into another block: %s.', SQLERRM);
            END IF;
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION pg_catalog.%I() FROM public', copy);
    EXECUTE format('ALTER FUNCTION pg_catalog.%I() OWNER TO %I', copy, pg_get_userbyid(p.proowner));
    UPDATE pg_proc SET prosecdef = p.prosecdef, proconfig = p.proconfig, provolatile = p.provolatile
    WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = copy;
    RETURN format('pg_catalog.%I', copy);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_wrapped_function(oid, text, text) FROM public;

-- Gives the foreign child the row triggers of its shell that fire for UPDATE and DELETE, but for those that fire on a stage.
CREATE OR REPLACE FUNCTION tangelo_mirror_triggers(relation oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET client_min_messages = warning AS $$
DECLARE
    child regclass := to_regclass(format('pg_catalog.tangelo_%s', relation));
    staged integer;
    t pg_trigger;
BEGIN
    -- Where the child is away for a change of the table, it gets them when it is made again.
    IF child IS NULL THEN
        IF (SELECT relkind = 'p' FROM pg_class WHERE oid = relation) THEN
            PERFORM tangelo_enter_stages(relation);
            PERFORM tangelo_mirror_constraint_triggers(relation);
        ELSE
            PERFORM tangelo_leave_stages(relation);
        END IF;
        IF (SELECT relkind = 'p' AND NOT relispartition FROM pg_class WHERE oid = relation) THEN
            PERFORM tangelo_enter_moves(relation);
        END IF;
        RETURN;
    END IF;
    PERFORM tangelo_enter_stages(relation);
    FOR t IN SELECT * FROM tangelo_user_triggers(child) LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, child);
    END LOOP;
    staged := tangelo_events_of(tangelo_staged_row_kinds(relation));
    FOR t IN SELECT * FROM tangelo_user_triggers(relation) u WHERE u.tgtype & 1 <> 0 AND u.tgtype & 24 & CASE WHEN u.tgtype & 2 = 0 THEN ~ staged ELSE 24 END <> 0 ORDER BY u.tgname LOOP
        PERFORM tangelo_copy_trigger(t, child, CASE WHEN t.tgtype & 2 = 0 THEN 24 & ~ staged ELSE 24 END);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_mirror_triggers(oid) FROM public;

-- What cannot be had.
CREATE OR REPLACE FUNCTION tangelo_check_triggers(relation oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    table_name name := (SELECT relname FROM pg_class WHERE oid = relation);
    r record;
BEGIN
    FOR r IN SELECT * FROM tangelo_user_triggers(relation) ORDER BY tgname LOOP
        IF r.tgtype & 67 = 0 AND r.tgtype & 24 <> 0 AND (SELECT relkind = 'p' FROM pg_class WHERE oid = relation)
            AND EXISTS (SELECT FROM tangelo_user_triggers(relation) t WHERE t.tgtype & 67 = 1 AND t.tgtype & r.tgtype & tangelo_events_of(tangelo_staged_kinds(relation)) <> 0)
            AND (tangelo_trigger_definition(r.oid, false) ~ 'pg_trigger_depth' OR (SELECT prosrc ~* 'pg_trigger_depth' FROM pg_proc WHERE oid = r.tgfoid)) THEN
            RAISE EXCEPTION 'trigger "%" of distributed partitioned table "%" cannot use pg_trigger_depth()', r.tgname, table_name USING ERRCODE = '0A000',
                DETAIL = 'Transition tables of UPDATE and DELETE make it deeper where there are AFTER triggers for each row, too.', HINT = 'Drop the triggers FOR EACH ROW.';
        END IF;
        IF r.tgtype & 8 <> 0 AND r.tgenabled IN ('A', 'R') AND r.tgtype & 2 <> 0 THEN
            RAISE EXCEPTION 'triggers BEFORE DELETE on distributed tables cannot be enabled ALWAYS or as REPLICA' USING ERRCODE = '0A000',
                DETAIL = format('Trigger "%s" of table "%s".', r.tgname, table_name);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_rewrite WHERE ev_class = relation AND ev_type = '4' AND ev_enabled IN ('A', 'R')) THEN
        RAISE EXCEPTION 'rules for DELETE on distributed tables cannot be enabled ALWAYS or as REPLICA' USING ERRCODE = '0A000',
            DETAIL = format('Table "%s".', table_name);
    END IF;
END $$;

-- Drops the trigger functions of a kind, named by it and an OID, that no trigger calls any more.
CREATE OR REPLACE FUNCTION tangelo_drop_unused(kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unused name;
BEGIN
    FOR unused IN
        SELECT p.proname FROM pg_proc p
        -- A colon comes right after the digits.
        WHERE p.proname >= (kind || '0')::name AND p.proname < (kind || ':')::name AND substr(p.proname, length(kind) + 1) ~ '^[0-9]+(:|$)'
        AND p.pronamespace = 'pg_catalog'::regnamespace AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = p.oid)
    LOOP
        EXECUTE format('DROP FUNCTION pg_catalog.%I()', unused);
    END LOOP;
END $$;

-- After a change of triggers, rules or functions, whoever made it.
CREATE OR REPLACE FUNCTION tangelo_follow_triggers() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    r record;
    changed boolean := false;
    trees oid[] := '{}';
BEGIN
    FOR r IN
        SELECT c.relation, tangelo_trigger_state(c.relation) AS state, pg_partition_root(c.relation) AS tree
        FROM (
            SELECT tgrelid AS relation FROM pg_trigger WHERE NOT tgisinternal AND NOT tangelo_is_own_trigger(tgname, tgfoid)
            UNION
            SELECT ev_class FROM pg_rewrite WHERE ev_type <> '1'
            UNION
            SELECT relation FROM tangelo_watch) c
        JOIN pg_dist_partition p ON p.logicalrelid = c.relation
        LEFT JOIN tangelo_watch w ON w.relation = c.relation
        WHERE tangelo_trigger_state(c.relation) IS DISTINCT FROM w.state
    LOOP
        PERFORM tangelo_check_triggers(r.relation);
        PERFORM tangelo_mirror_triggers(r.relation);
        PERFORM tangelo_remember_triggers(r.relation, r.state);
        trees := trees || nullif(r.tree, r.relation)::oid;
        changed := true;
    END LOOP;
    PERFORM tangelo_enter_moves(x) FROM (SELECT DISTINCT x FROM unnest(trees) x WHERE x IS NOT NULL) x;

    changed := tangelo_follow_actions() OR changed;

    PERFORM tangelo_drop_unused(k) FROM unnest('{tangelo_t,tangelo_md,tangelo_mi,tangelo_cu,tangelo_cd,tangelo_n}'::text[]) k;

    -- DISABLE TRIGGER USER means the user's.
    FOR r IN
        SELECT tgrelid::regclass AS relation, tgname FROM pg_trigger
        WHERE tangelo_is_own_trigger(tgname, tgfoid) AND tgname <> 'tangelo_waiting' AND tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', r.relation, r.tgname);
    END LOOP;
    IF changed THEN
        PERFORM tangelo_metadata_touched();
        -- Somebody who comes past the routers has no session there.
        BEGIN
            PERFORM tangelo_call('metadata_changed');
        EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection OR cannot_connect_now THEN
            NULL;
        END;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_remember_triggers(of_relation oid, new_state text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Another session may find the same at the same time.
    IF new_state IS NULL THEN
        DELETE FROM tangelo_watch WHERE relation = of_relation;
    ELSE
        INSERT INTO tangelo_watch VALUES (of_relation, new_state) ON CONFLICT (relation) DO UPDATE SET state = excluded.state;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_remember_triggers(oid, text) FROM public;

-- As the user, whose search_path says how CONTEXT names a function.
CREATE OR REPLACE FUNCTION tangelo_triggers_changed() RETURNS event_trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT coalesce(pg_catalog.tangelo_is_converting(), false) THEN
        PERFORM pg_catalog.tangelo_check_altered_triggers();
    END IF;

    -- It also fires for what Tangelo itself makes, with a search_path of the user's.
    IF coalesce(pg_catalog.current_setting('tangelo.converting', true), '') OPERATOR(pg_catalog.<>) 'on'
        AND coalesce(pg_catalog.current_setting('tangelo.on_shards', true), '') OPERATOR(pg_catalog.<>) 'on' THEN
        PERFORM pg_catalog.set_config('tangelo.visible_schemas', pg_catalog.current_schemas(true)::pg_catalog.text, true);
        PERFORM pg_catalog.tangelo_follow_triggers();
    END IF;
END $$;
