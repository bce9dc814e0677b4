-- Row triggers, where an UPDATE moves a row to another partition: those of DELETE on the old partition and those of INSERT on the new one, in place of AFTER UPDATE. The coordinator has
-- only UPDATEs of foreign tables: the partitioned table at the top has a copy of each such trigger as one of UPDATE, which asks whether the row moves. docs/decisions/0077-triggers-of-moved-rows.md
-- has the reasons.

-- Whether a row may be in a partition.
CREATE OR REPLACE FUNCTION tangelo_may_hold(partition oid, the_row anyelement) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bounds text := pg_get_partition_constraintdef(partition);
    fits boolean := true;
BEGIN
    IF bounds IS NOT NULL THEN
        EXECUTE format('SELECT (%s) IS NOT FALSE FROM (SELECT ($1).*) AS r', bounds) INTO fits USING the_row;
    END IF;
    RETURN fits;
END $$;

-- The partition below a table that a row goes to; NULL where there is none.
CREATE OR REPLACE FUNCTION tangelo_partition_for(relation oid, the_row anyelement) RETURNS oid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    choice text;
BEGIN
    WHILE (SELECT relkind = 'p' FROM pg_class WHERE oid = relation) LOOP
        SELECT string_agg(format('WHEN %s THEN %s', CASE WHEN bounds IS NULL THEN 'true' ELSE format('(%s) IS NOT FALSE', bounds) END, partition), ' ') INTO choice
        FROM (SELECT inhrelid::oid AS partition, pg_get_partition_constraintdef(inhrelid) AS bounds FROM pg_inherits WHERE inhparent = relation OFFSET 0) p;
        IF choice IS NULL THEN
            RETURN NULL;
        END IF;
        EXECUTE format('SELECT CASE %s END FROM (SELECT ($1).*) AS r', choice) INTO relation USING the_row;
    END LOOP;
    RETURN relation;
END $$;

-- The trigger that one of a partition comes from; itself where it is the partition's own.
CREATE OR REPLACE FUNCTION tangelo_trigger_origin(trigger oid) RETURNS oid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    above oid;
BEGIN
    LOOP
        SELECT tgparentid INTO above FROM pg_trigger WHERE oid = trigger;
        IF coalesce(above, 0) = 0 THEN
            RETURN trigger;
        END IF;
        trigger := above;
    END LOOP;
END $$;

-- The row triggers of a partition that fire for these events, as bits of tgtype.
CREATE OR REPLACE FUNCTION tangelo_firing_triggers(partition oid, events integer) RETURNS SETOF pg_trigger
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM tangelo_user_triggers(partition)
    WHERE tgtype & 1 <> 0 AND tgtype & events <> 0 AND tgenabled = ANY (CASE current_setting('session_replication_role') WHEN 'replica' THEN '{R,A}' ELSE '{O,A}' END::"char"[]);
$$;

-- What the row that is being updated does, in the triggers of one depth: '' or the two partitions and how far it is.
CREATE OR REPLACE FUNCTION tangelo_move(depth integer) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT string_to_array(nullif(current_setting('tangelo.move_' || depth, true), ''), ' ') $$;

CREATE OR REPLACE FUNCTION tangelo_set_move(depth integer, VARIADIC parts text[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT set_config('tangelo.move_' || depth, array_to_string(parts, ' '), true) $$;

-- What cannot be had, when a row moves.
CREATE OR REPLACE FUNCTION tangelo_check_move(root oid, source oid, target oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    why text;
BEGIN
    SELECT CASE
        WHEN t.tgenabled IN ('A', 'R') THEN format('Trigger "%s" is enabled ALWAYS or as REPLICA, and would fire for UPDATE.', t.tgname)
        WHEN t.tgname NOT BETWEEN '!tangelo_move' AND '~tangelo_move' THEN format('Triggers fire in the order of their names, and that of "%s" lies outside of ASCII letters.', t.tgname) END INTO why
    FROM tangelo_user_triggers(source) t
    WHERE t.tgtype & 17 = 17 AND t.tgenabled <> 'D' AND (t.tgenabled IN ('A', 'R') AND t.tgtype & 2 = 0 OR t.tgname NOT BETWEEN '!tangelo_move' AND '~tangelo_move') LIMIT 1;
    IF why IS NULL THEN
        SELECT format('The function of trigger "%s" is not in PL/pgSQL, or its condition cannot be asked for rows of another partition.', f.tgname) INTO why
        FROM (SELECT 'd' AS kind, d.oid, d.tgname FROM tangelo_firing_triggers(source, 8) d UNION ALL SELECT 'i', i.oid, i.tgname FROM tangelo_firing_triggers(target, 4) i) f
        WHERE NOT EXISTS (SELECT FROM pg_trigger m WHERE m.tgrelid = root AND m.tgname ~ format('^~tangelo_move_%s_[0-9]+_%s_', f.kind, tangelo_trigger_origin(f.oid))) LIMIT 1;
    END IF;
    IF why IS NULL AND EXISTS (SELECT FROM tangelo_firing_triggers(target, 4)) AND (
        SELECT count(DISTINCT l) > 1 FROM (
            SELECT array_agg(ROW(attname, atttypid, atttypmod) ORDER BY attnum)::text AS l FROM pg_attribute WHERE attrelid IN (source, target) AND attnum > 0 AND NOT attisdropped GROUP BY attrelid) a) THEN
        why := format('The columns of "%s" stand in another order than those of "%s".', (SELECT relname FROM pg_class WHERE oid = source), (SELECT relname FROM pg_class WHERE oid = target));
    END IF;
    IF why IS NULL THEN
        SELECT format('Trigger "%s" would see generated columns before they are computed.', t.tgname) INTO why FROM tangelo_firing_triggers(target, 4) t
        WHERE t.tgtype & 2 <> 0 AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = target AND attgenerated <> '' AND NOT attisdropped) LIMIT 1;
    END IF;
    IF why IS NOT NULL THEN
        RAISE EXCEPTION 'cannot move a row from partition "%" of a distributed table because of its triggers', (SELECT relname FROM pg_class WHERE oid = source) USING ERRCODE = '0A000',
            DETAIL = why, HINT = 'Insert the new row, and delete the old one.';
    END IF;
END $$;

-- After the triggers BEFORE UPDATE: where does the row go? TG_ARGV: the table at the top.
CREATE OR REPLACE FUNCTION tangelo_move_begin() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 3 SET datestyle = iso SET intervalstyle = postgres AS $$
DECLARE
    depth integer := pg_trigger_depth() - 1;
    named oid := coalesce((nullif(current_setting('tangelo.named_updates', true), '')::jsonb -> -1)::bigint::oid, TG_ARGV[0]::oid);
    target oid;
BEGIN
    PERFORM tangelo_require_moved(depth);
    -- A row that leaves the table that the UPDATE names is an error of its shard.
    IF named = TG_RELID OR tangelo_may_hold(TG_RELID, new) OR NOT tangelo_may_hold(named, new) THEN
        PERFORM tangelo_set_move(depth, '');
        RETURN new;
    END IF;
    target := tangelo_partition_for(named, new);
    PERFORM tangelo_check_move(TG_ARGV[0]::oid, TG_RELID, target), tangelo_set_move(depth, TG_RELID::text, coalesce(target, 0)::text, 'leaves'),
        set_config('tangelo.moved_row_' || depth, new::text, true);
    RETURN new;
END $$;

-- The row has left for triggers BEFORE INSERT, but not on its shard: the router is told while they run, and refuses to read the tables. UPDATEs of other tables may run inside of them.
CREATE OR REPLACE FUNCTION tangelo_tell_moves(change integer, root oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    opened jsonb := coalesce(nullif(current_setting('tangelo.moved_among', true), ''), '[]');
BEGIN
    opened := CASE change WHEN 1 THEN opened || to_jsonb(root::bigint) ELSE opened - -1 END;
    PERFORM set_config('tangelo.moved_among', opened::text, true), tangelo_call('moves_row', jsonb_build_object('partitions', coalesce((
        SELECT jsonb_agg(t.relid::oid::bigint) FROM jsonb_array_elements_text(opened) o, pg_partition_tree(o::oid) t), '[]')));
END $$;

-- Triggers BEFORE DELETE give back the old row: the new one is back.
CREATE OR REPLACE FUNCTION tangelo_move_comes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 3 SET datestyle = iso SET intervalstyle = postgres AS $$
DECLARE
    depth integer := pg_trigger_depth() - 1;
    move text[] := tangelo_move(depth);
BEGIN
    EXECUTE format('SELECT ($1::%s).*', TG_RELID::regclass) INTO new USING current_setting('tangelo.moved_row_' || depth);
    PERFORM set_config('tangelo.moved_row_' || depth, '', true), set_config('tangelo.moved_to_' || depth, move[2], true), tangelo_set_move(depth, move[1], move[2], 'comes');
    IF EXISTS (SELECT FROM tangelo_firing_triggers(move[2]::oid, 4) WHERE tgtype & 2 <> 0) THEN
        PERFORM tangelo_tell_moves(1, pg_partition_root(TG_RELID));
    END IF;
    RETURN new;
END $$;

-- Before triggers AFTER INSERT. Their functions may have the rights of others, with which what tells partitions, which calls users' functions, must not run.
CREATE OR REPLACE FUNCTION tangelo_move_has_come() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('tangelo.moved_to_' || pg_trigger_depth() - 1, tangelo_partition_for(TG_ARGV[0]::oid, new)::text, true);
    RETURN NULL;
END $$;

-- The partition that functions of triggers BEFORE and AFTER INSERT are told of.
CREATE OR REPLACE FUNCTION tangelo_moved_to(root oid) RETURNS oid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target oid := current_setting('tangelo.moved_to_' || pg_trigger_depth() - 1)::oid;
BEGIN
    -- Anybody may set it.
    IF NOT EXISTS (SELECT FROM pg_partition_ancestors(target) WHERE relid = root) THEN
        RAISE EXCEPTION 'permission denied for table %', target::regclass USING ERRCODE = '42501';
    END IF;
    RETURN target;
END $$;

-- Whether a trigger, or its copy of a partition, fires when the row leaves, or comes.
CREATE OR REPLACE FUNCTION tangelo_moves_from(trigger oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM tangelo_firing_triggers((tangelo_move(pg_trigger_depth()))[1]::oid, 8) f WHERE tangelo_trigger_origin(f.oid) = $1);
$$;

CREATE OR REPLACE FUNCTION tangelo_moves_to(trigger oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM tangelo_firing_triggers((tangelo_move(pg_trigger_depth()))[2]::oid, 4) f WHERE tangelo_trigger_origin(f.oid) = $1);
$$;

-- After each trigger BEFORE INSERT. TG_ARGV: the trigger.
CREATE OR REPLACE FUNCTION tangelo_move_check() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target oid := (tangelo_move(pg_trigger_depth() - 1))[2];
BEGIN
    IF NOT tangelo_may_hold(target, new) THEN
        RAISE EXCEPTION 'moving row to another partition during a BEFORE FOR EACH ROW trigger is not supported' USING ERRCODE = '0A000', DETAIL = (
            SELECT format('Before executing trigger "%s", the row was to be in partition "%s.%s".', t.tgname, n.nspname, c.relname)
            FROM pg_trigger t, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.oid = TG_ARGV[0]::oid AND c.oid = target);
    END IF;
    RETURN new;
END $$;

-- After the last of them.
CREATE OR REPLACE FUNCTION tangelo_move_came() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM tangelo_firing_triggers((tangelo_move(pg_trigger_depth() - 1))[2]::oid, 4) WHERE tgtype & 2 <> 0) THEN
        PERFORM tangelo_tell_moves(-1, NULL);
    END IF;
    RETURN new;
END $$;

-- The row is as it will be.
CREATE OR REPLACE FUNCTION tangelo_move_note() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    depth integer := pg_trigger_depth() - 1;
    move text[] := tangelo_move(depth);
BEGIN
    PERFORM tangelo_set_move(depth, move[1], move[2], 'moves');
    RETURN new;
END $$;

-- As tangelo_hide_triggers does it, for a row that moves. Only triggers of Tangelo's can ask this condition: nobody else has a value of the type. Where their order
-- has been changed nothing would show the triggers again.
CREATE OR REPLACE FUNCTION tangelo_move_hide(key pg_mcv_list) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF key IS NULL OR pg_catalog.current_setting('session_replication_role') OPERATOR(pg_catalog.=) 'replica' THEN
        RETURN false;
    END IF;
    IF (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid OPERATOR(pg_catalog.=) (pg_catalog.tangelo_move(pg_catalog.pg_trigger_depth()))[1]::pg_catalog.oid
        AND tgenabled OPERATOR(pg_catalog.=) 'A' AND tgname OPERATOR(pg_catalog.~) '^(!tangelo_move|~tangelo_move_a)_[0-9]+$') OPERATOR(pg_catalog.<>) 2 THEN
        RAISE EXCEPTION 'triggers of Tangelo have been changed' USING ERRCODE = '55000';
    END IF;
    PERFORM pg_catalog.set_config('tangelo.role_of_triggers', pg_catalog.current_setting('session_replication_role'), true),
        pg_catalog.set_config('session_replication_role', 'replica', true);
    RETURN false;
END $$;

-- A trigger BEFORE INSERT that gives back no row has the old one deleted in PostgreSQL: here the UPDATE has left it.
CREATE OR REPLACE FUNCTION tangelo_require_moved(depth integer) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (tangelo_move(depth))[3] = 'comes' THEN
        RAISE EXCEPTION 'a trigger BEFORE INSERT cannot skip a row that an UPDATE moves to another partition of a distributed table' USING ERRCODE = '0A000',
            DETAIL = 'The row would be deleted.', HINT = 'Let the trigger raise an error, or delete the row.';
    END IF;
END $$;

-- The copy of a trigger's function that is told of DELETE, or INSERT. NULL where it is not in PL/pgSQL.
CREATE OR REPLACE FUNCTION tangelo_move_function(t pg_trigger, root regclass, kind text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN tangelo_wrapped_function(t.tgfoid, format('tangelo_m%s%s', kind, t.oid), format(
        'DECLARE tg_name pg_catalog.name := %L; tg_op pg_catalog.text := %L; %s %s; ', t.tgname, CASE kind WHEN 'd' THEN 'DELETE' ELSE 'INSERT' END, CASE kind WHEN 'd' THEN 'new' ELSE 'old' END, root)
        || CASE kind WHEN 'i' THEN tangelo_trigger_variables(format('pg_catalog.tangelo_moved_to(%s)', root::oid)) ELSE '' END || 'BEGIN ');
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_move_function(pg_trigger, regclass, text) FROM public;

CREATE OR REPLACE FUNCTION tangelo_leave_moves(root regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET client_min_messages = warning AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT tgrelid::regclass AS relation, tgname FROM pg_trigger
        WHERE tgrelid IN (SELECT root UNION ALL SELECT relid FROM pg_partition_tree(root) WHERE NOT isleaf AND level > 0) AND tgparentid = 0
            AND tgname ~ '^[!~]tangelo_move_' AND tangelo_is_own_trigger(tgname, tgfoid)
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', r.tgname, r.relation);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_leave_moves(regclass) FROM public;

-- The condition under which a row may move. Where the keys are columns of PostgreSQL's types they have changed.
CREATE OR REPLACE FUNCTION tangelo_changes_keys(root regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN bool_and(y.typnamespace = 'pg_catalog'::regnamespace) THEN string_agg(format('old.%1$I IS DISTINCT FROM new.%1$I', a.attname), ' OR ') ELSE 'true' END
    FROM jsonb_array_elements_text(tangelo_partition_keys(root)) AS k (name)
    JOIN pg_attribute a ON a.attrelid = root AND a.attname = k.name JOIN pg_type y ON y.oid = a.atttypid;
$$;

-- The copies of a tree of partitions, made anew. Partitions that it gets later have them from PostgreSQL.
CREATE OR REPLACE FUNCTION tangelo_enter_moves(root regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET client_min_messages = warning AS $$
DECLARE
    tables oid[] := ARRAY(SELECT relid::oid FROM pg_partition_tree(root));
    moves constant text := format('current_setting(%L || pg_trigger_depth(), true) <> %L', 'tangelo.move_', '');
    changes text := tangelo_changes_keys(root);
    made text[] := '{}';
    copied text;
    name text;
    k record;
    r record;
BEGIN
    PERFORM tangelo_leave_moves(root);
    IF NOT EXISTS (SELECT FROM unnest(tables) x, tangelo_user_triggers(x) t WHERE t.tgenabled <> 'D' AND t.tgtype & 1 <> 0 AND (t.tgtype & 12 <> 0 OR t.tgtype & 18 = 16)) THEN
        RETURN;
    END IF;
    -- The cast is there for the time of this function only.
    CREATE CAST (bytea AS pg_mcv_list) WITHOUT FUNCTION;
    FOR r IN SELECT * FROM (VALUES
        -- What the row before has done is forgotten, too.
        ('~tangelo_move_b_%s', 'BEFORE', changes || ' OR ' || moves, format('tangelo_move_begin(%s)', root::oid)),
        ('~tangelo_move_g_%s', 'BEFORE', moves, 'tangelo_move_comes()'),
        ('~tangelo_move_m_%s', 'BEFORE', moves, 'tangelo_move_came()'),
        ('~tangelo_move_n_%s', 'BEFORE', moves, 'tangelo_move_note()'),
        ('~tangelo_move_h_%s', 'AFTER', moves, format('tangelo_move_has_come(%s)', root::oid)),
        ('!tangelo_move_%s', 'AFTER', moves || format(' AND tangelo_move_hide(%L::bytea::pg_mcv_list)', 'x'), 'tangelo_upsert_nothing()'),
        ('~tangelo_move_a_%s', 'AFTER', moves || ' AND tangelo_show_triggers()', 'tangelo_upsert_nothing()')) AS t (name, moment, condition, function)
    LOOP
        CONTINUE WHEN r.function LIKE 'tangelo_move_has_come%' AND NOT EXISTS (SELECT FROM unnest(tables) x, tangelo_user_triggers(x) t WHERE t.tgtype & 7 = 5);
        name := format(r.name, root::oid);
        EXECUTE format('CREATE TRIGGER %I %s UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %s', name, r.moment, root, r.condition, r.function);
        made := made || name;
    END LOOP;
    DROP CAST (bytea AS pg_mcv_list);
    FOR r IN
        SELECT t.oid, t.tgtype, t.tgdeferrable, t AS trigger, lpad((row_number() OVER (ORDER BY t.tgname))::text, 5, '0') AS n,
            substring(pg_get_triggerdef(t.oid) FROM E' FOR EACH ROW WHEN \\((.*)\\) EXECUTE FUNCTION ') AS condition
        FROM unnest(tables) x, tangelo_user_triggers(x) t WHERE t.tgparentid = 0 AND t.tgtype & 1 <> 0 AND t.tgtype & 12 <> 0 ORDER BY t.tgname
    LOOP
        FOR k IN SELECT * FROM (VALUES ('d', 8, 'tangelo_moves_from', 'DELETE'), ('i', 4, 'tangelo_moves_to', 'INSERT')) AS v (kind, events, asked, event) LOOP
            CONTINUE WHEN r.tgtype & k.events = 0;
            copied := CASE WHEN r.tgdeferrable THEN format('tangelo_defer(%s, %L)', r.oid, k.event)
                ELSE tangelo_move_function(r.trigger, root, k.kind) || format('(%s)', tangelo_trigger_arguments(r.trigger)) END;
            CONTINUE WHEN copied IS NULL;
            name := format('~tangelo_move_%s_%s_%s_%s', k.kind, r.n, r.oid, root::oid);
            BEGIN
                EXECUTE format('CREATE TRIGGER %I %s UPDATE ON %s FOR EACH ROW WHEN (CASE WHEN %s AND %s(%s) THEN %s ELSE false END) EXECUTE FUNCTION %s',
                    name, CASE WHEN r.tgtype & 2 <> 0 THEN 'BEFORE' ELSE 'AFTER' END, root, moves, k.asked, r.oid, coalesce(r.condition, 'true'), copied);
            EXCEPTION WHEN undefined_function OR undefined_column OR cannot_coerce OR datatype_mismatch THEN
                -- The condition takes rows of one partition. Where it is to be asked tangelo_check_move refuses to move the row.
                CONTINUE;
            END;
            made := made || name;
            IF k.kind = 'i' AND r.tgtype & 2 <> 0 THEN
                name := format('~tangelo_move_i_%s_check_%s', r.n, root::oid);
                EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW WHEN (CASE WHEN %s THEN tangelo_moves_to(%s) ELSE false END) EXECUTE FUNCTION tangelo_move_check(%s)',
                    name, root, moves, r.oid, r.oid);
                made := made || name;
            END IF;
        END LOOP;
    END LOOP;
    EXECUTE (SELECT string_agg(format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', root, m), '; ') FROM unnest(made) m);
    PERFORM tangelo_stage_let_go(tables);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_enter_moves(regclass) FROM public;

REVOKE EXECUTE ON FUNCTION tangelo_move_begin(), tangelo_move_comes(), tangelo_move_check(), tangelo_move_has_come(), tangelo_move_came(), tangelo_move_note() FROM public;
