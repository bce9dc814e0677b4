-- Transition tables and deferred triggers of UPDATE and DELETE. Foreign tables have neither: the rows that a statement has changed are collected, and when it ends
-- they are changed once more on the stage of the table, an ordinary table with copies of its triggers. docs/decisions/0043-stages.md has the reasons.

-- The kinds of statements, of u and d, whose AFTER triggers fire on a stage.
CREATE OR REPLACE FUNCTION tangelo_staged_kinds(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat(
        CASE WHEN bool_or(tgtype & 16 <> 0 AND (tgoldtable IS NOT NULL OR tgnewtable IS NOT NULL OR tgdeferrable)) THEN 'u' END,
        -- Those that fire always would fire when rows leave the shell.
        CASE WHEN bool_or(tgtype & 8 <> 0 AND (tgoldtable IS NOT NULL OR tgdeferrable OR tgenabled IN ('A', 'R'))) THEN 'd' END)
    FROM tangelo_user_triggers(relation) WHERE tgtype & 66 = 0 AND (tgconstraint = 0 OR (SELECT relkind <> 'p' FROM pg_class WHERE oid = relation));
$$;

-- Those whose triggers for each row do so, too: in a partitioned table they fire where the partitions are.
CREATE OR REPLACE FUNCTION tangelo_staged_row_kinds(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN relkind = 'p' THEN '' ELSE tangelo_staged_kinds(relation) END FROM pg_class WHERE oid = relation;
$$;

CREATE OR REPLACE FUNCTION tangelo_events_of(kinds text) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT CASE WHEN kinds LIKE '%u%' THEN 16 ELSE 0 END | CASE WHEN kinds LIKE '%d%' THEN 8 ELSE 0 END $$;

-- The definition of a trigger as its user knows it.
CREATE OR REPLACE FUNCTION tangelo_trigger_definition(trigger oid, pretty boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    definition text := pg_catalog.pg_get_triggerdef(trigger, pretty);
    t pg_catalog.pg_trigger;
    shown pg_catalog.pg_trigger;
    head text;
    rest text;
    place integer;
BEGIN
    SELECT * INTO t FROM pg_catalog.pg_trigger s WHERE s.oid OPERATOR(pg_catalog.=) trigger;
    IF t.tgtype OPERATOR(pg_catalog.<) 128 IS NOT FALSE THEN
        RETURN definition;
    END IF;
    SELECT * INTO shown FROM pg_catalog.tangelo_user_triggers(t.tgrelid) s WHERE s.oid OPERATOR(pg_catalog.=) trigger;
    head := pg_catalog.format('CREATE %sTRIGGER %I AFTER', CASE WHEN t.tgconstraint OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN 'CONSTRAINT ' ELSE '' END, t.tgname);
    rest := pg_catalog.substr(definition, pg_catalog.length(head OPERATOR(pg_catalog.||) pg_catalog.tangelo_trigger_events(t)) OPERATOR(pg_catalog.+) 1);
    IF shown.tgoldtable IS NOT NULL OR shown.tgnewtable IS NOT NULL THEN
        -- Behind the name of the table, whatever that holds.
        place := pg_catalog.length(t.tgrelid::pg_catalog.regclass::pg_catalog.text);
        place := place OPERATOR(pg_catalog.+) pg_catalog.strpos(pg_catalog.substr(rest, place), ' FOR EACH ') OPERATOR(pg_catalog.-) 1;
        rest := pg_catalog.format('%s REFERENCING%s%s%s', pg_catalog.substr(rest, 1, place OPERATOR(pg_catalog.-) 1), ' OLD TABLE AS ' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(shown.tgoldtable),
            ' NEW TABLE AS ' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(shown.tgnewtable), pg_catalog.substr(rest, place));
    END IF;
    RETURN pg_catalog.concat(head, pg_catalog.tangelo_trigger_events(shown), rest);
END $$;

CREATE OR REPLACE FUNCTION tangelo_trigger_events(t pg_trigger) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(' ' || nullif(concat_ws(' OR ', CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END,
        CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' || coalesce((
            SELECT ' OF ' || string_agg(quote_ident(a.attname), ', ' ORDER BY u.n)
            FROM unnest(t.tgattr::smallint[]) WITH ORDINALITY AS u(number, n) JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = u.number), '') END,
        CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END), ''), '');
$$;

CREATE OR REPLACE FUNCTION tangelo_trigger_arguments(t pg_trigger) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(quote_literal(convert_from(substring(t.tgargs FROM a.start + 1 FOR a.stop - a.start - 1), getdatabaseencoding())), ', ' ORDER BY a.stop)
    FROM (
        SELECT coalesce(lag(z) OVER (ORDER BY z), 0) AS start, z AS stop
        FROM generate_series(1, length(t.tgargs)) z WHERE get_byte(t.tgargs, z - 1) = 0) a;
$$;

-- Gives another table the copy of a trigger, for these events.
CREATE OR REPLACE FUNCTION tangelo_copy_trigger(t pg_trigger, target regclass, events integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_stage boolean := (SELECT relkind = 'r' FROM pg_class WHERE oid = target);
    is_constraint boolean := of_stage AND t.tgconstraint <> 0;
BEGIN
    EXECUTE format('CREATE %s TRIGGER %I %s %s ON %s %s %s FOR EACH %s %s EXECUTE FUNCTION %s(%s)',
        CASE WHEN is_constraint THEN 'CONSTRAINT' END,
        t.tgname, CASE WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' ELSE 'AFTER' END,
        concat_ws(' OR ', CASE WHEN t.tgtype & events & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & events & 8 <> 0 THEN 'DELETE' END,
            CASE WHEN t.tgtype & events & 16 <> 0 THEN 'UPDATE' || coalesce((
                SELECT ' OF ' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
                WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr::smallint[])), '') END),
        target,
        CASE WHEN is_constraint AND t.tgdeferrable THEN 'DEFERRABLE' || CASE WHEN t.tginitdeferred THEN ' INITIALLY DEFERRED' ELSE '' END END,
        CASE WHEN of_stage AND (t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL) THEN
            concat('REFERENCING', ' OLD TABLE AS ' || quote_ident(t.tgoldtable), ' NEW TABLE AS ' || quote_ident(t.tgnewtable)) END,
        CASE WHEN t.tgtype & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END,
        substring(pg_get_triggerdef(t.oid) FROM E' FOR EACH (?:ROW|STATEMENT) (WHEN \\(.*\\)) EXECUTE FUNCTION '),
        tangelo_trigger_function(t.tgfoid),
        tangelo_trigger_arguments(t));
    IF t.tgenabled <> 'O' THEN
        EXECUTE format('ALTER TABLE %s %s TRIGGER %I', target,
            CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname);
    END IF;
    -- SET CONSTRAINTS knows the trigger by the constraint of its user's.
    IF is_constraint THEN
        UPDATE pg_constraint k SET conname = 'tangelo_stage_' || k.oid FROM pg_trigger s WHERE s.tgrelid = target AND s.tgname = t.tgname AND k.oid = s.tgconstraint;
        UPDATE pg_trigger SET tgconstraint = t.tgconstraint WHERE tgrelid = target AND tgname = t.tgname;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_copy_trigger(pg_trigger, regclass, integer) FROM public;

-- PostgreSQL finds all triggers of the table where their user has put them.
CREATE OR REPLACE FUNCTION tangelo_leave_stages(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET client_min_messages = warning
SET allow_system_table_mods = on AS $$
DECLARE
    r record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relation AND (tgtype > 127 OR tgname LIKE '~tangelo\_stage\_%')) THEN
        RETURN;
    END IF;
    UPDATE pg_trigger t SET tgtype = s.tgtype, tgoldtable = s.tgoldtable, tgnewtable = s.tgnewtable
    FROM tangelo_user_triggers(relation) s WHERE t.oid = s.oid AND t.tgtype > 127;
    DELETE FROM tangelo_transition_table x WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE oid = x.trigger AND tgtype & 8192 <> 0);
    FOR r IN
        SELECT tgrelid::regclass AS relation, tgname FROM pg_trigger
        WHERE (tgrelid IN (relation, to_regclass(format('pg_catalog.tangelo_%s', relation::oid))) AND tgparentid = 0 AND tgname ~ '^[!~]tangelo_stage_(?!part_)'
                OR tgname ~ format('^[!~]tangelo_stage_part_[ud]_%s$', relation::oid))
            AND tangelo_is_own_trigger(tgname, tgfoid) ORDER BY tgname
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', r.tgname, r.relation);
    END LOOP;
    FOR r IN SELECT oid::regprocedure AS made FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ('tangelo_k' || relation::oid, 'tangelo_ru' || relation::oid, 'tangelo_rd' || relation::oid)
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', r.made);
    END LOOP;
    EXECUTE format('DROP TABLE IF EXISTS pg_catalog.tangelo_stage_u%1$s, pg_catalog.tangelo_stage_d%1$s', relation::oid);
    PERFORM tangelo_look_again(relation);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_leave_stages(regclass) FROM public;

-- The stages of a table, made anew.
CREATE OR REPLACE FUNCTION tangelo_enter_stages(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET client_min_messages = warning
SET allow_system_table_mods = on SET default_tablespace = '' SET default_table_access_method = heap AS $$
DECLARE
    kinds text;
    row_kinds text;
    kind text;
BEGIN
    PERFORM tangelo_leave_stages(relation);
    kinds := tangelo_staged_kinds(relation);
    row_kinds := tangelo_staged_row_kinds(relation);
    FOREACH kind IN ARRAY string_to_array(kinds, NULL) LOOP
        PERFORM tangelo_create_stage(relation, kind, row_kinds LIKE '%' || kind || '%');
    END LOOP;
    IF kinds <> '' THEN
        INSERT INTO tangelo_transition_table
            SELECT oid, tgoldtable, tgnewtable FROM pg_trigger
            WHERE tgrelid = relation AND NOT tgisinternal AND tgtype & 66 = 0 AND tgtype & tangelo_events_of(kinds) <> 0 AND (tgoldtable IS NOT NULL OR tgnewtable IS NOT NULL)
            ON CONFLICT (trigger) DO UPDATE SET old_table = excluded.old_table, new_table = excluded.new_table;
        -- Events that PostgreSQL must not see stand in bits that it does not use.
        UPDATE pg_trigger SET tgoldtable = NULL, tgnewtable = NULL,
            tgtype = (tgtype & ~ tangelo_events_of(kinds)) | ((tgtype & tangelo_events_of(kinds)) << 8) | CASE WHEN tgoldtable IS NOT NULL OR tgnewtable IS NOT NULL THEN 8192 ELSE 0 END
        WHERE tgrelid = relation AND NOT tgisinternal AND NOT tangelo_is_own_trigger(tgname, tgfoid) AND tgtype & 66 = 0
            AND tgtype & CASE WHEN tgtype & 1 = 0 THEN tangelo_events_of(kinds) ELSE tangelo_events_of(row_kinds) END <> 0;
        PERFORM tangelo_look_again(relation);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_enter_stages(regclass) FROM public;

-- Makes the stage for one kind of statements, and what collects the rows. Whoever changes rows of the table fires its triggers there.
CREATE OR REPLACE FUNCTION tangelo_create_stage(relation regclass, kind text, with_rows boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET check_function_bodies = off AS $$
DECLARE
    stage_name text := format('tangelo_stage_%s%s', kind, relation::oid);
    stage text := 'pg_catalog.' || stage_name;
    operation text := CASE kind WHEN 'u' THEN 'UPDATE' ELSE 'DELETE' END;
    is_partitioned boolean := (SELECT relkind = 'p' FROM pg_class WHERE oid = relation);
    collected_from text := CASE WHEN is_partitioned THEN relation::text ELSE format('pg_catalog.tangelo_%s', relation::oid) END;
    columns text;
    old_values text;
    new_values text;
    changed_values text;
    r record;
    t pg_trigger;
BEGIN
    EXECUTE format('CREATE UNLOGGED TABLE %s (LIKE %s)', stage, relation);
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), string_agg(format('old.%I', attname), ', ' ORDER BY attnum), string_agg(format('new.%I', attname), ', ' ORDER BY attnum),
        string_agg(format('changed.%I', attname), ', ' ORDER BY attnum)
    INTO columns, old_values, new_values, changed_values FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped;
    FOR r IN SELECT attname FROM pg_attribute WHERE attrelid = stage::regclass AND attnum > 0 AND attnotnull LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', stage, r.attname);
    END LOOP;
    EXECUTE format('GRANT SELECT, %s ON %s TO public', operation, stage);
    INSERT INTO pg_init_privs (objoid, classoid, objsubid, privtype, initprivs) SELECT oid, 'pg_class'::regclass, 0, 'i', relacl FROM pg_class WHERE oid = stage::regclass;
    -- It goes when the table is dropped, without CASCADE.
    INSERT INTO pg_depend VALUES ('pg_class'::regclass, stage::regclass, 0, 'pg_class'::regclass, relation, 0, 'a');

    -- Rows of the stage go where rows of the table are asked for.
    EXECUTE format('CREATE FUNCTION pg_catalog.tangelo_r%s%s(%s) RETURNS %s LANGUAGE sql IMMUTABLE STRICT RETURN ROW(%s)::%s', kind, relation::oid, stage, relation,
        (SELECT string_agg(format('($1).%I', attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped), relation);
    EXECUTE format('CREATE CAST (%s AS %s) WITH FUNCTION pg_catalog.tangelo_r%s%s(%1$s) AS IMPLICIT', stage, relation, kind, relation::oid);
    UPDATE pg_depend d SET deptype = 'a' FROM pg_class c
    WHERE c.oid = relation AND d.deptype = 'n' AND (d.refclassid = 'pg_type'::regclass AND d.refobjid = c.reltype OR d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
        AND (d.classid = 'pg_cast'::regclass OR d.classid = 'pg_proc'::regclass AND d.objid = format('pg_catalog.tangelo_r%s%s', kind, relation::oid)::regproc);

    -- The old row is put there before it is changed, the new one when that has been done: only rows that were changed are shown to triggers.
    EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.tangelo_c%s%s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS %L', kind, relation::oid, format($body$DECLARE
    place pg_catalog.tid;
BEGIN
    INSERT INTO %s (%s) VALUES (%s) RETURNING ctid INTO place;
    INSERT INTO pg_catalog.tangelo_staged_row (relation, kind, old_place) VALUES (%s, %L, place);
    PERFORM pg_catalog.set_config('tangelo.stage_place', place::pg_catalog.text, true);
    RETURN coalesce(new, old);
END$body$, stage, columns, old_values, relation::oid, CASE kind WHEN 'u' THEN 'p' ELSE 'q' END));
    EXECUTE format('REVOKE EXECUTE ON FUNCTION pg_catalog.tangelo_c%s%s() FROM public', kind, relation::oid);
    EXECUTE format('CREATE TRIGGER %I BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION pg_catalog.tangelo_c%s%s()',
        '~tangelo_stage_old_' || kind, operation, collected_from, kind, relation::oid);
    IF kind = 'u' THEN
        EXECUTE format('CREATE FUNCTION pg_catalog.tangelo_k%s(changed %s) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET enable_seqscan = off AS %L', relation::oid, stage, format($body$DECLARE
    place pg_catalog.tid;
    pending pg_catalog.tid := nullif(pg_catalog.current_setting('tangelo.stage_place', true), '');
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.tangelo_staged_row p
        WHERE p.relation OPERATOR(pg_catalog.=) %1$s AND p.old_place OPERATOR(pg_catalog.=) pending AND p.kind OPERATOR(pg_catalog.=) 'p') THEN
        INSERT INTO %2$s (%3$s) VALUES (%4$s) RETURNING ctid INTO place;
        UPDATE pg_catalog.tangelo_staged_row AS p SET kind = 'u', new_place = place
        WHERE p.relation OPERATOR(pg_catalog.=) %1$s AND p.old_place OPERATOR(pg_catalog.=) pending AND p.kind OPERATOR(pg_catalog.=) 'p';
    END IF;
    RETURN false;
END$body$, relation::oid, stage, columns, changed_values));
    END IF;
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION tangelo_upsert_nothing()',
        '!tangelo_stage_new_' || kind, operation, collected_from, CASE kind WHEN 'u' THEN format('tangelo_k%s(ROW(%s)::%s)', relation::oid, new_values, stage)
        ELSE format('tangelo_stage_deleted(%s)', relation::oid) END);
    PERFORM tangelo_stage_let_go(ARRAY(SELECT collected_from::regclass::oid UNION SELECT relid FROM pg_partition_tree(relation)));
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', collected_from, '~tangelo_stage_old_' || kind);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', collected_from, '!tangelo_stage_new_' || kind);

    IF kind = 'u' THEN
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.tangelo_n%s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET enable_seqscan = off AS %L', relation::oid, format($body$BEGIN
    SELECT s.* INTO new FROM pg_catalog.tangelo_staged_row p, %1$s s
    WHERE p.relation OPERATOR(pg_catalog.=) %2$s AND p.old_place OPERATOR(pg_catalog.=) pg_catalog.current_setting('tangelo.stage_place')::pg_catalog.tid
        AND p.kind OPERATOR(pg_catalog.=) 'u' AND s.ctid OPERATOR(pg_catalog.=) p.new_place;
    RETURN new;
END$body$, stage, relation::oid));
        EXECUTE format('REVOKE EXECUTE ON FUNCTION pg_catalog.tangelo_n%s() FROM public', relation::oid);
        EXECUTE format('CREATE TRIGGER "!tangelo_stage_row" BEFORE UPDATE ON %s FOR EACH ROW WHEN (set_config(%L, old.ctid::text, true) IS NOT NULL) EXECUTE FUNCTION pg_catalog.tangelo_n%s()',
            stage, 'tangelo.stage_place', relation::oid);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "!tangelo_stage_row"', stage);
        FOR r IN
            SELECT attnum, attname FROM pg_attribute WHERE attrelid = relation AND attnum IN (
                SELECT unnest(tgattr::smallint[]) FROM tangelo_user_triggers(relation) WHERE tgtype & 18 = 16 AND (with_rows OR tgtype & 1 = 0))
        LOOP
            EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OF %I ON %s FOR EACH STATEMENT EXECUTE FUNCTION tangelo_stage_column(%s)', '!tangelo_stage_of_' || r.attnum, r.attname, relation, r.attnum);
            EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', relation, '!tangelo_stage_of_' || r.attnum);
        END LOOP;
    END IF;
    EXECUTE format('CREATE TRIGGER "!tangelo_stage_guard" BEFORE %s ON %s FOR EACH STATEMENT EXECUTE FUNCTION tangelo_stage_guard()', operation, stage);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "!tangelo_stage_guard"', stage);
    EXECUTE format('CREATE TRIGGER %I BEFORE %s ON %s FOR EACH STATEMENT WHEN (NOT tangelo_is_upserting(%s)) EXECUTE FUNCTION tangelo_stage_begin()',
        '!tangelo_stage_begin_' || kind, operation, relation, relation::oid);
    EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', relation, '!tangelo_stage_begin_' || kind);
    -- As a condition, so that pg_trigger_depth() is what it should be; but after the triggers for each row of partitions.
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH STATEMENT ', '~tangelo_stage_fire_' || kind, operation, relation)
        || CASE WHEN NOT with_rows AND EXISTS (SELECT FROM tangelo_user_triggers(relation) WHERE tgtype & 67 = 1 AND tgtype & tangelo_events_of(kind) <> 0)
            THEN 'EXECUTE FUNCTION tangelo_stage_fire_last()'
            ELSE format('WHEN (tangelo_stage_fire(%s, %L)) EXECUTE FUNCTION tangelo_upsert_nothing()', relation::oid, kind) END;
    EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', relation, '~tangelo_stage_fire_' || kind);
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH STATEMENT WHEN (NOT tangelo_is_upserting(%s)) EXECUTE FUNCTION tangelo_stage_forget()',
        '~tangelo_stage_last_' || kind, operation, relation, relation::oid);
    EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', relation, '~tangelo_stage_last_' || kind);

    IF is_partitioned THEN
        PERFORM tangelo_stage_partition(relation, kind, relid) FROM pg_partition_tree(relation) WHERE level > 0;
    END IF;

    FOR t IN SELECT * FROM tangelo_user_triggers(relation) WHERE tgtype & 66 = 0 AND tgtype & tangelo_events_of(kind) <> 0 AND (with_rows OR tgtype & 1 = 0) ORDER BY tgname LOOP
        PERFORM tangelo_copy_trigger(t, stage, tangelo_events_of(kind));
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_create_stage(regclass, text, boolean) FROM public;

-- A statement on a partition by its own name fires the triggers for each row that the partitioned table has given it, and none for each statement: what is collected is forgotten.
CREATE OR REPLACE FUNCTION tangelo_stage_partition(relation regclass, kind text, partition regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM (VALUES ('!', 'BEFORE', 'tangelo_stage_begin'), ('~', 'AFTER', 'tangelo_stage_forget')) AS t (first, moment, function) LOOP
        EXECUTE format('CREATE TRIGGER %I %s %s ON %s FOR EACH STATEMENT EXECUTE FUNCTION %I(%s)', format('%stangelo_stage_part_%s_%s', r.first, kind, relation::oid), r.moment,
            CASE kind WHEN 'u' THEN 'UPDATE' ELSE 'DELETE' END, partition, r.function, relation::oid);
        EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', partition, format('%stangelo_stage_part_%s_%s', r.first, kind, relation::oid));
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_stage_partition(regclass, text, regclass) FROM public;

-- Columns that change or go do not wait for these triggers: they are made anew when that is done.
CREATE OR REPLACE FUNCTION tangelo_stage_let_go(collected oid[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM pg_depend d USING pg_trigger n
    WHERE n.tgrelid = ANY (collected) AND n.tgname ~ '^(!tangelo_stage_new|[!~]tangelo_move)_' AND d.classid = 'pg_trigger'::regclass AND d.objid = n.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = n.tgrelid AND d.refobjsubid > 0;
$$;
REVOKE EXECUTE ON FUNCTION tangelo_stage_let_go(oid[]) FROM public;

-- For partitions that the table gets later.
CREATE OR REPLACE FUNCTION tangelo_stage_partitions(partitions oid[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT tangelo_stage_let_go(partitions) WHERE EXISTS (SELECT FROM pg_class WHERE relname >= 'tangelo_stage_' AND relname < 'tangelo_stage`' AND relnamespace = 11);
    SELECT tangelo_stage_partition(a.relid, k.kind, p) FROM unnest(partitions) p, pg_partition_ancestors(p) a, (VALUES ('u'), ('d')) AS k (kind)
    WHERE a.relid <> p AND to_regclass(format('pg_catalog.tangelo_stage_%s%s', k.kind, a.relid::oid)) IS NOT NULL;
$$;
REVOKE EXECUTE ON FUNCTION tangelo_stage_partitions(oid[]) FROM public;

-- The statement is over. What is still there is that of a partition, or of rows that somebody else has deleted before.
CREATE OR REPLACE FUNCTION tangelo_stage_forget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET session_replication_role = replica AS $$
DECLARE
    staged oid := CASE TG_NARGS WHEN 0 THEN TG_RELID ELSE TG_ARGV[0]::oid END;
    of_kind "char" := CASE TG_OP WHEN 'UPDATE' THEN 'u' ELSE 'd' END;
    start bigint := (SELECT max(n) FROM tangelo_staged WHERE relation = staged AND kind = upper(of_kind::text)::"char");
BEGIN
    IF EXISTS (SELECT FROM tangelo_staged_row WHERE relation = staged AND n > start) THEN
        INSERT INTO tangelo_staged (relation, kind, depth) VALUES (staged, 'f', pg_trigger_depth());
        EXECUTE format('DELETE FROM pg_catalog.tangelo_stage_%1$s%2$s WHERE ctid = ANY (ARRAY(
            SELECT unnest(ARRAY[old_place, new_place]) FROM tangelo_staged_row WHERE relation = %2$s AND n > %3$s))', of_kind, staged, start);
        DELETE FROM tangelo_staged_row WHERE relation = staged AND n > start;
    END IF;
    DELETE FROM tangelo_staged WHERE relation = staged AND n >= start;
    RETURN NULL;
END $$;

-- Whether this is an UPDATE of a row that an INSERT ... ON CONFLICT has met: its triggers fire with those of the INSERT.
CREATE OR REPLACE FUNCTION tangelo_is_upserting(relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(current_setting('tangelo.upsert_update', true) = relation || ':' || pg_trigger_depth(), false) AND EXISTS (
        SELECT FROM tangelo_conflicting c WHERE c.relation = $1 AND c.level = tangelo_upsert_level($1) AND c.transaction = pg_current_xact_id_if_assigned());
END $$;

CREATE OR REPLACE FUNCTION tangelo_stage_begin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO tangelo_staged (relation, kind) VALUES (CASE TG_NARGS WHEN 0 THEN TG_RELID ELSE TG_ARGV[0]::oid END, CASE TG_OP WHEN 'UPDATE' THEN 'U' ELSE 'D' END);
    RETURN NULL;
END $$;

-- A column that the UPDATE names, which triggers of certain columns ask for.
CREATE OR REPLACE FUNCTION tangelo_stage_column() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO tangelo_staged (relation, kind, attribute) VALUES (TG_RELID, 'c', TG_ARGV[0]::smallint);
    RETURN NULL;
END $$;

-- The row that was about to be deleted has been. As a condition of a trigger it may be called by anybody: rows are only known from a trigger.
CREATE OR REPLACE FUNCTION tangelo_stage_deleted(staged oid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
    UPDATE tangelo_staged_row SET kind = 'd' WHERE relation = staged AND old_place = nullif(current_setting('tangelo.stage_place', true), '')::tid AND kind = 'q';
    RETURN false;
END $$;

-- Only tangelo_stage_fire may begin and end what fires: others could keep triggers from it.
CREATE OR REPLACE FUNCTION tangelo_require_stage_fire(context text, callee text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF tangelo_callers(context, callee) !~ E'^PL/pgSQL function (pg_catalog\\.)?tangelo_stage_fire\\(oid,"char"\\) line [0-9]+ at assignment(\\n|$)' THEN
        RAISE EXCEPTION 'permission denied for function %', split_part(callee, '(', 1) USING ERRCODE = '42501';
    END IF;
END $$;

-- The rows that the statement has changed, and the columns that the UPDATE of the stage names. No columns where no statement is running.
CREATE OR REPLACE FUNCTION tangelo_begin_stage(staged oid, of_kind "char", OUT places tid[], OUT columns text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lc_messages = 'C' AS $$
DECLARE
    context text;
    start bigint;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    PERFORM tangelo_require_stage_fire(context, 'tangelo_begin_stage(oid,"char")');
    SELECT max(n) INTO start FROM tangelo_staged WHERE relation = staged AND kind = upper(of_kind::text)::"char";
    IF start IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO tangelo_staged (relation, kind, depth) VALUES (staged, 'f', pg_trigger_depth());
    places := ARRAY(SELECT old_place FROM tangelo_staged_row WHERE relation = staged AND kind = of_kind AND n > start ORDER BY old_place);
    SELECT string_agg(format('%I = s.%1$I', a.attname), ', ' ORDER BY a.attnum) INTO columns FROM pg_attribute a
    WHERE a.attrelid = staged AND a.attnum > 0 AND NOT a.attisdropped AND (
        EXISTS (SELECT FROM tangelo_staged c WHERE c.relation = staged AND c.kind = 'c' AND c.n > start AND c.attribute = a.attnum)
        OR NOT EXISTS (SELECT FROM tangelo_user_triggers(staged) t WHERE t.tgtype & 18 = 16 AND a.attnum = ANY (t.tgattr::smallint[])));
END $$;

-- What statements around it have brought there stays; and the statement goes on, if somebody has called the condition before its time: the rows after that fire triggers, too.
CREATE OR REPLACE FUNCTION tangelo_end_stage(staged oid, of_kind "char") RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lc_messages = 'C' AS $$
DECLARE
    context text;
    start bigint;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    PERFORM tangelo_require_stage_fire(context, 'tangelo_end_stage(oid,"char")');
    SELECT max(n) INTO start FROM tangelo_staged WHERE relation = staged AND kind = upper(of_kind::text)::"char";
    DELETE FROM tangelo_staged WHERE relation = staged AND n > start AND kind = 'f';
    DELETE FROM tangelo_staged_row WHERE relation = staged AND n > start AND kind = of_kind;
    IF of_kind = 'u' THEN
        EXECUTE format('DELETE FROM pg_catalog.tangelo_stage_u%1$s s
            WHERE ctid NOT IN (SELECT old_place FROM tangelo_staged_row WHERE relation = %1$s AND kind IN (''u'', ''p''))
            AND ctid NOT IN (SELECT new_place FROM tangelo_staged_row WHERE relation = %1$s AND kind = ''u'')', staged);
    END IF;
    RETURN true;
END $$;

-- Nobody else writes to a stage.
CREATE OR REPLACE FUNCTION tangelo_stage_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM tangelo_staged WHERE relation = substr(TG_TABLE_NAME, 16)::oid AND kind = 'f' AND depth = pg_trigger_depth() - 1) THEN
        RAISE EXCEPTION 'permission denied for table %', TG_TABLE_NAME USING ERRCODE = '42501';
    END IF;
    RETURN NULL;
END $$;

-- The statement on the table has changed all its rows: its triggers fire, as the user and with the search_path of the user. A condition of a trigger, and no trigger
-- itself, so that pg_trigger_depth() is theirs. Where no such statement is running it does nothing.
CREATE OR REPLACE FUNCTION tangelo_stage_fire(staged oid, of_kind "char") RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    rows_of record;
    has_ended boolean;
BEGIN
    IF pg_catalog.tangelo_is_upserting(staged) THEN
        RETURN false;
    END IF;
    rows_of := pg_catalog.tangelo_begin_stage(staged, of_kind);
    IF rows_of.columns IS NOT NULL THEN
        EXECUTE CASE WHEN of_kind OPERATOR(pg_catalog.=) 'u'::"char" THEN pg_catalog.format('UPDATE pg_catalog.tangelo_stage_u%s AS s SET %s', staged, rows_of.columns)
            ELSE pg_catalog.format('DELETE FROM pg_catalog.tangelo_stage_d%s AS s', staged) END OPERATOR(pg_catalog.||) ' WHERE s.ctid OPERATOR(pg_catalog.=) ANY ($1)' USING rows_of.places;
        has_ended := pg_catalog.tangelo_end_stage(staged, of_kind);
    END IF;
    RETURN false;
END $$;

CREATE OR REPLACE FUNCTION tangelo_stage_fire_last() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    fired boolean := pg_catalog.tangelo_stage_fire(TG_RELID, CASE TG_OP WHEN 'UPDATE' THEN 'u' ELSE 'd' END::"char");
BEGIN
    RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION tangelo_stage_forget(), tangelo_stage_fire_last(), tangelo_stage_begin(), tangelo_stage_column(), tangelo_stage_guard() FROM public;
