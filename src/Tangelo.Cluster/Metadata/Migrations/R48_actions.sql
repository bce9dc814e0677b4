-- Actions of foreign keys (CASCADE, SET NULL, SET DEFAULT) on tables with triggers: the coordinator carries them out before the row they refer to is
-- written, so the shards find nothing left to do. docs/decisions/0035-actions-before-the-row.md has the reasons.

-- The foreign keys whose actions the coordinator carries out: with the table they refer to, and the kinds of its statements.
CREATE OR REPLACE FUNCTION tangelo_acting_keys(OUT referenced oid, OUT kind "char", OUT key oid) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE written (relation, kind, key) AS (
        SELECT w.relation, k::"char", NULL::oid FROM tangelo_watch w, regexp_split_to_table(tangelo_own_watched(w.relation), '') k WHERE k IN ('u', 'd')
        UNION
        SELECT c.confrelid, k.kind, c.oid FROM written w
        JOIN pg_constraint c ON c.conrelid = w.relation AND c.contype = 'f'
        JOIN pg_dist_partition p ON p.logicalrelid = c.confrelid
        CROSS JOIN LATERAL (VALUES
            (CASE WHEN c.confdeltype = 'c' AND w.kind = 'd' OR c.confdeltype IN ('n', 'd') AND w.kind = 'u' THEN 'd'::"char" END),
            (CASE WHEN c.confupdtype IN ('c', 'n', 'd') AND w.kind = 'u' THEN 'u'::"char" END)) AS k (kind)
        WHERE k.kind IS NOT NULL)
    SELECT relation, kind, key FROM written WHERE key IS NOT NULL;
$$;

-- A row that its own table's key acts on would be met twice: by the statement and by the action. And the coordinator acts for each row, where
-- PostgreSQL fires triggers for each statement once for all of them.
CREATE OR REPLACE FUNCTION tangelo_check_actions(relation oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        WITH RECURSIVE acting AS (SELECT DISTINCT a.referenced, c.conrelid AS referencing, c.conname FROM tangelo_acting_keys() a JOIN pg_constraint c ON c.oid = a.key),
        reached (start, member, conname) AS (
            SELECT referencing, referenced, conname FROM acting WHERE referenced = relation
            UNION
            SELECT reached.start, acting.referenced, reached.conname FROM reached JOIN acting ON acting.referencing = reached.member)
        SELECT start, conname FROM reached WHERE member = start LIMIT 1
    LOOP
        RAISE EXCEPTION 'table "%" cannot have triggers or rules for what its foreign key "%" does', (SELECT relname FROM pg_class WHERE oid = r.start), r.conname USING ERRCODE = '0A000',
            DETAIL = 'The actions of foreign keys that lead back to the same distributed table are carried out on the shards, where no trigger fires.',
            HINT = 'Use NO ACTION or RESTRICT, and write to both tables; or drop the trigger or rule.';
    END LOOP;
    FOR r IN
        SELECT c.conrelid, c.conname, t.tgname FROM tangelo_acting_keys() a JOIN pg_constraint c ON c.oid = a.key CROSS JOIN LATERAL tangelo_user_triggers(c.conrelid) t
        WHERE a.referenced = relation AND t.tgenabled <> 'D' AND (t.tgtype & 1 = 0 OR t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL) AND t.tgtype & CASE WHEN a.kind = 'd' AND c.confdeltype = 'c' THEN 8 ELSE 16 END <> 0 LIMIT 1
    LOOP
        RAISE EXCEPTION 'table "%" cannot have triggers for each statement of what its foreign key "%" does', (SELECT relname FROM pg_class WHERE oid = r.conrelid), r.conname
            USING ERRCODE = '0A000', DETAIL = format('Trigger "%s" would fire for each row that the action begins with.', r.tgname), HINT = 'Use a trigger FOR EACH ROW.';
    END LOOP;
END $$;

-- The trigger function for one key. As in PostgreSQL the owner of the referencing table acts, whatever the rights of who writes.
CREATE OR REPLACE FUNCTION tangelo_action_function(key oid) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET check_function_bodies = off AS $$
DECLARE
    c pg_constraint;
    name text := 'tangelo_a' || key;
    referencing text;
    same text;
    changed text;
    assigned smallint[];
    act text;
BEGIN
    SELECT * INTO c FROM pg_constraint WHERE oid = key;
    referencing := tangelo_qualified_name(c.conrelid);
    SELECT string_agg(format('old.%I OPERATOR(%I.%s) x.%I', p.attname, n.nspname, o.oprname, f.attname), ' AND ' ORDER BY u.i),
        string_agg(format('ROW(old.%1$I)::pg_catalog.record OPERATOR(pg_catalog.*<>) ROW(new.%1$I)::pg_catalog.record', p.attname), ' OR ' ORDER BY u.i) INTO same, changed
    FROM unnest(c.conkey, c.confkey, c.conpfeqop) WITH ORDINALITY AS u(f, p, o, i)
    JOIN pg_attribute f ON f.attrelid = c.conrelid AND f.attnum = u.f
    JOIN pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = u.p
    JOIN pg_operator o ON o.oid = u.o JOIN pg_namespace n ON n.oid = o.oprnamespace;
    assigned := ARRAY(SELECT jsonb_array_elements_text(to_jsonb(c) -> 'confdelsetcols')::smallint WHERE jsonb_typeof(to_jsonb(c) -> 'confdelsetcols') = 'array');
    act := format($body$
        IF EXISTS (SELECT FROM %s AS x WHERE %s) THEN
            RAISE EXCEPTION 'a trigger of table "%%" keeps foreign key "%%" from its action', %L, %L USING ERRCODE = '0A000',
                DETAIL = 'A row that refers to the one that is written has to go or to change with it.';
        END IF;$body$, referencing, same, (SELECT relname FROM pg_class WHERE oid = c.conrelid), c.conname);
    EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS %L', name, format($body$BEGIN
    IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN %s
        RETURN old;
    ELSIF %s THEN %s
    END IF;
    RETURN new;
END$body$,
        CASE c.confdeltype
            WHEN 'c' THEN format('DELETE FROM %s AS x WHERE %s;', referencing, same) || act
            WHEN 'n' THEN format('UPDATE %s AS x SET %s WHERE %s;', referencing, tangelo_set_columns(c.conrelid, CASE WHEN assigned = '{}' THEN c.conkey ELSE assigned END, 'NULL'), same) || act
            WHEN 'd' THEN format('UPDATE %s AS x SET %s WHERE %s;', referencing, tangelo_set_columns(c.conrelid, CASE WHEN assigned = '{}' THEN c.conkey ELSE assigned END, 'DEFAULT'), same)
            ELSE '' END,
        changed,
        CASE c.confupdtype
            WHEN 'c' THEN format($body$
        IF EXISTS (SELECT FROM %s AS x WHERE %s) THEN
            RAISE EXCEPTION 'ON UPDATE CASCADE of foreign key "%%" is not supported on distributed table "%%" with UPDATE triggers', %L, %L USING ERRCODE = '0A000',
                HINT = 'Insert the row with its new key, update the rows that refer to it, and delete the old one.';
        END IF;$body$, referencing, same, c.conname, (SELECT relname FROM pg_class WHERE oid = c.conrelid))
            WHEN 'n' THEN format('UPDATE %s AS x SET %s WHERE %s;', referencing, tangelo_set_columns(c.conrelid, c.conkey, 'NULL'), same) || act
            WHEN 'd' THEN format('UPDATE %s AS x SET %s WHERE %s;', referencing, tangelo_set_columns(c.conrelid, c.conkey, 'DEFAULT'), same)
            ELSE 'NULL;' END));
    -- Triggers fire without the right to execute; nobody else shall hang it to a table.
    EXECUTE format('REVOKE EXECUTE ON FUNCTION pg_catalog.%I() FROM public', name);
    EXECUTE format('ALTER FUNCTION pg_catalog.%I() OWNER TO %I', name, pg_get_userbyid((SELECT relowner FROM pg_class WHERE oid = c.conrelid)));

    -- DROP OWNED and DROP ROLE know nothing of it.
    DELETE FROM pg_shdepend WHERE classid = 'pg_proc'::regclass AND deptype = 'o' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND objid = (SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = name);
    RETURN name;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_action_function(oid) FROM public;

CREATE OR REPLACE FUNCTION tangelo_qualified_name(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation;
$$;

CREATE OR REPLACE FUNCTION tangelo_set_columns(relation oid, numbers smallint[], value text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(format('%I = %s', a.attname, value), ', ' ORDER BY u.i)
    FROM unnest(numbers) WITH ORDINALITY AS u(number, i) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = u.number;
$$;

-- Gives the foreign child of a table the triggers that carry out actions.
CREATE OR REPLACE FUNCTION tangelo_mirror_actions(relation oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    child regclass := (SELECT CASE c.relkind WHEN 'p' THEN c.oid::regclass ELSE to_regclass(format('pg_catalog.tangelo_%s', relation)) END FROM pg_class c WHERE c.oid = relation AND NOT c.relispartition);
    r record;
BEGIN
    -- Partitions have those of their table.
    FOR r IN SELECT tgname FROM pg_trigger WHERE tgrelid = child AND tgname ~ '^~tangelo_act_' LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', r.tgname, child);
    END LOOP;
    IF child IS NOT NULL THEN
        FOR r IN SELECT a.key, string_agg(CASE a.kind WHEN 'd' THEN 'DELETE' ELSE 'UPDATE' END, ' OR ') AS events FROM tangelo_acting_keys() a WHERE a.referenced = relation GROUP BY 1 LOOP
            EXECUTE format('CREATE TRIGGER %I BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION pg_catalog.%I()', '~tangelo_act_' || r.key, r.events, child, tangelo_action_function(r.key));
        END LOOP;
    END IF;
    PERFORM tangelo_drop_unused('tangelo_a');
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_mirror_actions(oid) FROM public;

-- After a change of triggers or of foreign keys; true when routers have to know.
CREATE OR REPLACE FUNCTION tangelo_follow_actions() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    r record;
    changed boolean := false;
BEGIN
    FOR r IN
        WITH now AS (
            SELECT a.referenced AS relation, string_agg(DISTINCT a.kind::text, '') AS kinds,
                string_agg(concat_ws(' ', a.kind, a.key, c.conname, tangelo_qualified_name(c.conrelid), pg_get_constraintdef(c.oid), t.relowner,
                    (SELECT count(*) FROM tangelo_user_triggers(c.conrelid) s WHERE s.tgenabled <> 'D' AND (s.tgtype & 1 = 0 OR s.tgoldtable IS NOT NULL OR s.tgnewtable IS NOT NULL))), E'\n' ORDER BY a.key, a.kind) AS state
            FROM tangelo_acting_keys() a JOIN pg_constraint c ON c.oid = a.key JOIN pg_class t ON t.oid = c.conrelid GROUP BY 1)
        SELECT coalesce(now.relation, old.relation) AS relation, now.kinds, now.state FROM now FULL JOIN tangelo_acted old ON old.relation = now.relation
        WHERE now.state IS DISTINCT FROM old.state
    LOOP
        PERFORM tangelo_check_actions(r.relation);
        DELETE FROM tangelo_acted a WHERE a.relation = r.relation;
        IF r.state IS NOT NULL THEN
            INSERT INTO tangelo_acted VALUES (r.relation, r.kinds, r.state);
        END IF;
        PERFORM tangelo_mirror_actions(r.relation);
        changed := true;
    END LOOP;
    RETURN changed;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_follow_actions() FROM public;

-- The same, where no event trigger tells of it: a table becomes distributed, or is not any more.
CREATE OR REPLACE FUNCTION tangelo_tell_actions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
BEGIN
    IF tangelo_follow_actions() THEN
        PERFORM tangelo_metadata_touched();
        PERFORM tangelo_call('metadata_changed');
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_tell_actions() FROM public;
