DO $$
BEGIN
    IF (SELECT prorettype = 'void'::regtype FROM pg_proc WHERE proname = 'tangelo_defer_begin' AND pronamespace = 'pg_catalog'::regnamespace) THEN
        DROP FUNCTION tangelo_defer_begin(regclass), tangelo_defer_end(regclass);
    END IF;
END $$;
-- Constraint triggers of partitioned tables. Foreign tables cannot have any: a partition has a plain trigger AFTER ROW in its place, which PostgreSQL takes for the one that it would have
-- made. Where the constraint is deferrable, that trigger writes the row to a stage of the partition, an ordinary table with a constraint trigger.
-- docs/decisions/0061-constraint-triggers-of-partitions.md has the reasons.

-- Gives the partitions of a table the constraint triggers that they miss, level by level, and what belongs to those that can be deferred.
CREATE OR REPLACE FUNCTION tangelo_mirror_constraint_triggers(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET allow_system_table_mods = on
SET client_min_messages = warning SET default_tablespace = '' SET default_table_access_method = heap AS $$
DECLARE
    r record;
    copy oid;
    t pg_trigger;
BEGIN
    FOR r IN
        SELECT c.oid::regclass AS leaf, g.oid AS trigger FROM pg_partition_tree(relation) p JOIN pg_class c ON c.oid = p.relid AND c.relkind = 'f'
        JOIN pg_trigger g ON g.tgrelid = p.parentrelid AND g.tgconstraint <> 0 AND NOT g.tgisinternal AND g.tgtype & 1 <> 0 ORDER BY c.oid, g.tgname
    LOOP
        SELECT * INTO t FROM pg_trigger WHERE oid = r.trigger;
        SELECT oid INTO copy FROM pg_trigger WHERE tgrelid = r.leaf AND tgparentid = t.oid;
        IF copy IS NULL THEN
            PERFORM tangelo_copy_constraint_trigger(t, r.leaf);
            SELECT oid INTO copy FROM pg_trigger WHERE tgrelid = r.leaf AND tgname = t.tgname;
            UPDATE pg_trigger SET tgparentid = t.oid WHERE oid = copy;
            INSERT INTO pg_depend VALUES ('pg_trigger'::regclass, copy, 0, 'pg_trigger'::regclass, t.oid, 0, 'P'), ('pg_trigger'::regclass, copy, 0, 'pg_class'::regclass, r.leaf, 0, 'S');
        END IF;
        IF t.tgdeferrable THEN
            PERFORM tangelo_create_deferring_stages(t, r.leaf);
        END IF;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_mirror_constraint_triggers(regclass) FROM public;

-- The trigger of a partition. One that can be deferred has the function that leads to its stage.
CREATE OR REPLACE FUNCTION tangelo_copy_constraint_trigger(t pg_trigger, leaf regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tail text := substring(pg_get_triggerdef(t.oid) FROM E' FOR EACH ROW (?:WHEN \\(.*\\) )?EXECUTE FUNCTION .*$');
BEGIN
    EXECUTE format('CREATE TRIGGER %I AFTER%s ON %s%s', t.tgname, tangelo_trigger_events(t), leaf, CASE WHEN t.tgdeferrable
        THEN regexp_replace(tail, E'EXECUTE FUNCTION .*$', format('EXECUTE FUNCTION tangelo_defer(%s)', t.oid)) ELSE tail END);
    IF t.tgenabled <> 'O' THEN
        EXECUTE format('ALTER TABLE %s %s TRIGGER %I', leaf, CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_copy_constraint_trigger(pg_trigger, regclass) FROM public;

-- Made anew: columns and functions may have changed. Rows come to one of them by INSERT, which fires the trigger, and leave or change on the other, where they come without.
CREATE OR REPLACE FUNCTION tangelo_create_deferring_stages(t pg_trigger, leaf regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
    kind record;
    stage text;
    r record;
BEGIN
    t.tgenabled := 'O';
    FOR kind IN SELECT * FROM (VALUES ('i', 4), ('u', 24)) AS k (name, events) LOOP
        stage := format('pg_catalog.tangelo_stage_c%s%s_%s', kind.name, t.oid, leaf::oid);
        EXECUTE format('DROP TABLE IF EXISTS %s', stage);
        CONTINUE WHEN t.tgtype & kind.events = 0;
        EXECUTE format('CREATE UNLOGGED TABLE %s (LIKE %s)', stage, leaf);
        FOR r IN SELECT attname FROM pg_attribute WHERE attrelid = stage::regclass AND attnum > 0 AND attnotnull LOOP
            EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', stage, r.attname);
        END LOOP;
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO public', stage);
        INSERT INTO pg_init_privs (objoid, classoid, objsubid, privtype, initprivs) SELECT oid, 'pg_class'::regclass, 0, 'i', relacl FROM pg_class WHERE oid = stage::regclass;
        -- It goes with the trigger of the partition.
        INSERT INTO pg_depend SELECT 'pg_class'::regclass, stage::regclass, 0, 'pg_trigger'::regclass, oid, 0, 'a' FROM pg_trigger WHERE tgrelid = leaf AND tgparentid = t.oid;
        PERFORM tangelo_copy_trigger(t, stage::regclass, kind.events);
        EXECUTE format('CREATE TRIGGER "!tangelo_stage_guard" BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION tangelo_defer_guard()', stage);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "!tangelo_stage_guard"', stage);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_create_deferring_stages(pg_trigger, regclass) FROM public;

-- What happens to a row of the partition happens to one of the stage, as the user and with the search_path of the user: there PostgreSQL fires the trigger, now or later.
-- Of a row that moves it has left, or come: TG_ARGV says so.
CREATE OR REPLACE FUNCTION tangelo_defer() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    event pg_catalog.text := coalesce(TG_ARGV[1], TG_OP);
    stage pg_catalog.text;
    place pg_catalog.tid;
    is_open boolean;
BEGIN
    IF TG_ARGV[1] IS NULL THEN
        stage := pg_catalog.format('pg_catalog.tangelo_stage_c%s%s_%s', CASE TG_OP WHEN 'INSERT' THEN 'i' ELSE 'u' END, TG_ARGV[0], TG_RELID);
    ELSE
        stage := pg_catalog.tangelo_stage_of_move(TG_ARGV[0]::pg_catalog.oid, event,
            CASE TG_ARGV[1] WHEN 'INSERT' THEN pg_catalog.tangelo_partition_for(pg_catalog.pg_partition_root(TG_RELID), new) ELSE TG_RELID END);
    END IF;
    is_open := pg_catalog.tangelo_defer_begin(stage::pg_catalog.regclass);
    IF event OPERATOR(pg_catalog.=) 'INSERT' THEN
        EXECUTE pg_catalog.format('INSERT INTO %s SELECT ($1).*', stage) USING new;
    ELSE
        EXECUTE pg_catalog.format('INSERT INTO %s SELECT ($1).* RETURNING ctid', stage) INTO place USING old;
        IF event OPERATOR(pg_catalog.=) 'UPDATE' THEN
            EXECUTE pg_catalog.format('UPDATE %s SET %s WHERE ctid OPERATOR(pg_catalog.=) $2', stage, pg_catalog.tangelo_defer_columns(stage::pg_catalog.regclass)) USING new, place;
        ELSE
            EXECUTE pg_catalog.format('DELETE FROM %s WHERE ctid OPERATOR(pg_catalog.=) $1', stage) USING place;
        END IF;
    END IF;
    is_open := pg_catalog.tangelo_defer_end(stage::pg_catalog.regclass);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tangelo_stage_of_move(origin oid, event text, leaf oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT format('pg_catalog.tangelo_stage_c%s%s_%s', CASE event WHEN 'INSERT' THEN 'i' ELSE 'u' END, tgparentid, leaf)
        FROM pg_trigger WHERE tgrelid = leaf AND tgparentid <> 0 AND tangelo_trigger_origin(oid) = origin);
END $$;

CREATE OR REPLACE FUNCTION tangelo_defer_columns(stage oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(format('%1$I = ($1).%1$I', attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = stage AND attnum > 0 AND NOT attisdropped;
$$;

-- A frame of a statement could hold any text. What calls is an assignment: its frame comes first, and no user has a function that is named so.
CREATE OR REPLACE FUNCTION tangelo_require_defer(context text, callee text, stage regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF tangelo_callers(context, callee) !~ E'^PL/pgSQL function (pg_catalog\\.)?tangelo_defer\\(\\) line [0-9]+ at assignment(\\n|$)'
        OR NOT EXISTS (SELECT FROM pg_class WHERE oid = stage AND relnamespace = 'pg_catalog'::regnamespace AND starts_with(relname, 'tangelo_stage_c')) THEN
        RAISE EXCEPTION 'permission denied for function %', split_part(callee, '(', 1) USING ERRCODE = '42501';
    END IF;
END $$;

-- Lets tangelo_defer write to the stage.
CREATE OR REPLACE FUNCTION tangelo_defer_begin(stage regclass) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lc_messages = 'C' AS $$
DECLARE
    context text;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    PERFORM tangelo_require_defer(context, 'tangelo_defer_begin(regclass)', stage);
    INSERT INTO tangelo_staged (relation, kind, depth) VALUES (stage, 'f', pg_trigger_depth());
    RETURN true;
END $$;

-- A row that has left the table is still there for triggers that fire later.
CREATE OR REPLACE FUNCTION tangelo_defer_end(stage regclass) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lc_messages = 'C' SET session_replication_role = replica AS $$
DECLARE
    context text;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    PERFORM tangelo_require_defer(context, 'tangelo_defer_end(regclass)', stage);
    EXECUTE format('DELETE FROM %s', stage);
    DELETE FROM tangelo_staged WHERE relation = stage AND kind = 'f' AND depth = pg_trigger_depth();
    RETURN false;
END $$;

CREATE OR REPLACE FUNCTION tangelo_defer_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM tangelo_staged WHERE relation = TG_RELID AND kind = 'f') THEN
        RAISE EXCEPTION 'permission denied for table %', TG_TABLE_NAME USING ERRCODE = '42501';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_defer(), tangelo_defer_guard() FROM public;
