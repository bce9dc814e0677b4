-- The triggers of a shell that carry out ON CONFLICT, and what they do for the triggers of the user's.

-- An INSERT with ON CONFLICT sends each row to its shard before it comes to the shell. Functions and triggers that read the table would see it
-- twice: where there may be such, the row leaves the shell at once (hidden), and what was written is noted elsewhere.
CREATE OR REPLACE FUNCTION tangelo_upsert_ways(relation oid, clause jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM tangelo_user_triggers(relation) WHERE tgenabled <> 'D')
        AND NOT EXISTS (SELECT FROM pg_proc WHERE clause -> 'calls' ? proname::text AND pronamespace <> 'pg_catalog'::regnamespace)
        AND NOT EXISTS (SELECT FROM pg_attrdef d JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_proc'::regclass WHERE d.adrelid = relation) THEN
        RETURN '{}';
    ELSIF clause ? 'set' AND NOT clause ? 'single' THEN
        RETURN '{"hidden": true, "noted": true}';
    END IF;
    RETURN '{"hidden": true}';
END $$;

-- A row that is updated passes through the shell as if it were inserted: AFTER INSERT triggers are passed over then, but for those that fire always.
CREATE OR REPLACE FUNCTION tangelo_check_upsert(relation oid, clause jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT tgname, tgnewtable IS NOT NULL AS has_table, tgenabled IN ('A', 'R') AS is_forced FROM tangelo_user_triggers(relation)
        WHERE tgenabled <> 'D' AND clause ? 'set'
        AND (tgtype & 4 <> 0 AND tgnewtable IS NOT NULL OR (tgtype & 7 = 5 OR tgtype & 17 = 16) AND tgenabled IN ('A', 'R')) LIMIT 1
    LOOP
        RAISE EXCEPTION 'ON CONFLICT DO UPDATE is not supported on distributed table "%" because of its trigger "%"', relation::regclass, r.tgname USING ERRCODE = '0A000',
            DETAIL = CASE WHEN r.has_table THEN 'Its transition table would hold the rows that are updated, too.' ELSE 'A trigger enabled ALWAYS or as REPLICA would fire for rows that are updated.' END,
            HINT = CASE WHEN r.has_table THEN 'Use a row trigger.' ELSE 'Enable it without ALWAYS.' END;
    END LOOP;
    FOR r IN
        SELECT tgname FROM tangelo_user_triggers(relation) WHERE tgenabled <> 'D' AND tgtype & 20 <> 0 AND tgname NOT BETWEEN '!tangelo_upsert_written' AND '~tangelo_upsert' LIMIT 1
    LOOP
        RAISE EXCEPTION 'ON CONFLICT is not supported on distributed table "%" because of the name of its trigger "%"', relation::regclass, r.tgname USING ERRCODE = '0A000',
            DETAIL = 'Triggers fire in the order of their names, and Tangelo has to be the first and the last.',
            HINT = 'Rename it so that its name begins with a letter of ASCII.';
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION tangelo_note_upserted(relation oid, row_text text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO tangelo_upserted VALUES (relation, tangelo_upsert_level(relation), row_text);
$$;

CREATE OR REPLACE FUNCTION tangelo_noted_rows(relation oid) RETURNS SETOF text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT row_text FROM tangelo_upserted u WHERE u.relation = $1 AND u.level = tangelo_upsert_level($1) AND u.transaction = pg_current_xact_id();
$$;

-- Forgets the conflict of a row that has been written; with those of INSERTs within it, and with what was noted, at the end of the statement.
CREATE OR REPLACE FUNCTION tangelo_end_conflict(relation oid, with_notes boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM tangelo_conflicting c WHERE c.relation = $1 AND c.level >= tangelo_upsert_level($1) AND c.transaction = pg_current_xact_id();
    IF with_notes THEN
        DELETE FROM tangelo_upserted u WHERE u.relation = $1 AND u.level >= tangelo_upsert_level($1) AND u.transaction = pg_current_xact_id();
    END IF;
END $$;

-- Conditions of triggers that never fire. PostgreSQL asks them in the order of names when it looks for what it has to fire, so that what lies
-- between a pair of them can be passed over. Whoever writes to a table may call them: they do nothing but where a row has met another.
CREATE OR REPLACE FUNCTION tangelo_hide_triggers(relation oid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF pg_catalog.current_setting('session_replication_role') OPERATOR(pg_catalog.<>) 'replica' AND EXISTS (
        SELECT FROM pg_catalog.tangelo_conflicting c
        WHERE c.relation OPERATOR(pg_catalog.=) $1 AND c.level OPERATOR(pg_catalog.=) pg_catalog.tangelo_upsert_level($1)
        AND c.transaction OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id_if_assigned()) THEN
        PERFORM pg_catalog.set_config('tangelo.role_of_triggers', pg_catalog.current_setting('session_replication_role'), true),
            pg_catalog.set_config('session_replication_role', 'replica', true);
    END IF;
    RETURN false;
END $$;

CREATE OR REPLACE FUNCTION tangelo_show_triggers() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    hidden_from text := pg_catalog.current_setting('tangelo.role_of_triggers', true);
BEGIN
    IF hidden_from OPERATOR(pg_catalog.=) ANY ('{origin,local}'::pg_catalog.text[]) THEN
        PERFORM pg_catalog.set_config('session_replication_role', hidden_from, true), pg_catalog.set_config('tangelo.role_of_triggers', '', true);
    END IF;
    RETURN false;
END $$;

-- A row has come to the shell: takes it out where it is hidden. Anybody may call this: but for the rows that pass there, shells are empty.
CREATE OR REPLACE FUNCTION tangelo_upsert_written(relation oid, place tid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET session_replication_role = replica AS $$
BEGIN
    IF coalesce(current_setting('tangelo.upsert' || relation)::jsonb -> -1 ? 'hidden', false) THEN
        PERFORM tangelo_require_shell(relation);
        PERFORM tangelo_delete_only(relation, format('ctid = %L', place));
    END IF;
    RETURN false;
END $$;

-- Never called: their conditions do the work.
CREATE OR REPLACE FUNCTION tangelo_upsert_nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;

-- '!' comes before the names of other triggers and '~' after them: what they make of a row is what is sent.
CREATE OR REPLACE FUNCTION tangelo_create_upsert_triggers(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    is_open text := format('current_setting(%L, true) <> %L', 'tangelo.upsert' || relation::oid, '');
    is_conflicting text := format('current_setting(%L, true) = %L', 'tangelo.conflicting', relation::oid::text);
    is_updated text := format('current_setting(%L, true) = %L', 'tangelo.upsert_updated', relation::oid::text);
    updates text := format('current_setting(%L, true) = %L || pg_trigger_depth()', 'tangelo.upsert_update', relation::oid || ':');
BEGIN
    FOR r IN
        SELECT * FROM (VALUES
            ('tangelo_upsert_begin', 'BEFORE INSERT', 'STATEMENT', 'true', 'tangelo_upsert_begin'),
            ('tangelo_upsert_other', 'BEFORE UPDATE OR DELETE', 'STATEMENT', 'true', 'tangelo_statement_begins'),
            ('~tangelo_upsert_send', 'BEFORE INSERT', 'ROW', is_open, 'tangelo_upsert_send'),
            ('~tangelo_upsert_sent', 'BEFORE INSERT', 'ROW', is_conflicting, 'tangelo_upsert_sent'),
            ('~tangelo_upsert_update', 'BEFORE INSERT', 'ROW', is_conflicting, 'tangelo_upsert_update'),
            ('!tangelo_upsert_written', 'AFTER INSERT', 'ROW', format('%s AND tangelo_upsert_written(%s, new.ctid)', is_open, relation::oid), NULL),
            ('!tangelo_upsert_written_hide', 'AFTER INSERT', 'ROW', is_updated || format(' AND tangelo_hide_triggers(%s)', relation::oid), NULL),
            ('~tangelo_upsert_written_show', 'AFTER INSERT', 'ROW',
                is_updated || format(' AND set_config(%L, %L, true) = %L AND tangelo_show_triggers()', 'tangelo.upsert_updated', '', ''), NULL),
            ('!tangelo_upsert_before_hide', 'BEFORE UPDATE', 'STATEMENT', updates || format(' AND tangelo_hide_triggers(%s)', relation::oid), NULL),
            ('~tangelo_upsert_before_show', 'BEFORE UPDATE', 'STATEMENT', updates || ' AND tangelo_show_triggers()', NULL),
            ('!tangelo_upsert_after_hide', 'AFTER UPDATE', 'STATEMENT', updates || format(' AND tangelo_hide_triggers(%s)', relation::oid), NULL),
            ('~tangelo_upsert_after_show', 'AFTER UPDATE', 'STATEMENT', updates || ' AND tangelo_show_triggers()', NULL))
            AS t (name, event, level, condition, function)
    LOOP
        EXECUTE format('CREATE TRIGGER %I %s ON %s FOR EACH %s WHEN (%s) EXECUTE FUNCTION %I()',
            r.name, r.event, relation, r.level, r.condition, coalesce(r.function, 'tangelo_upsert_nothing'));
        EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', relation, r.name);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION tangelo_drop_upsert_triggers(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT tgname FROM pg_trigger WHERE tgrelid = relation AND tgname ~ '^[!~]?tangelo_upsert_' LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', r.tgname, relation);
    END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION tangelo_upsert_begin(), tangelo_upsert_send(), tangelo_upsert_sent(), tangelo_upsert_update(), tangelo_upsert_nothing() FROM public;
