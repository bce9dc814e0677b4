-- What statements of functions must not do: PostgreSQL computes constant expressions in a table's extended statistics whenever it plans a statement that
-- names the table, before any of it runs. There the text of the statement is looked at. docs/decisions/0036-looks-at-plans.md has the reasons.

-- The views over a table, or over those that it is a partition of.
CREATE OR REPLACE FUNCTION tangelo_views_above(relation oid) RETURNS oid[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    level oid[] := ARRAY(SELECT relation UNION SELECT relid FROM pg_partition_ancestors(relation));
    found oid[] := '{}';
BEGIN
    LOOP
        level := ARRAY(
            SELECT DISTINCT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
            WHERE d.refclassid = 1259 AND d.refobjid = ANY (level) AND d.classid = 2618 AND r.ev_type = '1' AND r.ev_class <> ALL (found));
        EXIT WHEN level = '{}';
        found := found || level;
    END LOOP;
    RETURN found;
END $$;

-- The expression of these statistics. Nearly all statements need no more than this look.
CREATE OR REPLACE FUNCTION tangelo_planned(relation oid) RETURNS integer
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    context text;
    source text;
    is_clear boolean := false;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    IF pg_catalog.strpos(context, E'\n') > 0 THEN
        source := pg_catalog.substr(context, pg_catalog.strpos(context, E'\n') + 1);
        -- So a shell is emptied.
        IF source ~ E'^SQL statement "DELETE FROM ONLY [^\\n]*"\\nPL/pgSQL function tangelo_' THEN
            RETURN 0;
        END IF;
        is_clear := source ~* E'^SQL statement "\\s*(?!\\s|execute\\M)' AND (source !~* E'\\m(tablesample|only|locked|nowait|merge|update|share|with)\\M'
            OR source !~* E'\\m(tablesample|only|locked|nowait|merge)\\M'
            AND NOT (source ~* E'\\m(update|share)\\M' AND source ~* E'\\m(limit|fetch|with)\\M') AND NOT (source ~* E'\\mwith\\M' AND source ~* E'\\m(insert|delete)\\M'));
    ELSE
        -- Of the client's own statement the router has seen all but what is behind names.
        source := pg_catalog.current_query();
        is_clear := true;
    END IF;

    -- What a partitioned table takes goes to its shards at once.
    IF is_clear AND source ~* E'\\minsert\\M' THEN
        is_clear := NOT (SELECT relispartition FROM pg_catalog.pg_class WHERE oid = relation);
    END IF;
    -- Views, and functions in FROM, are parts of the statement without being in its text.
    IF is_clear AND EXISTS (
        SELECT FROM pg_catalog.pg_depend WHERE refclassid = 1259 AND refobjid IN (SELECT relation UNION ALL SELECT relid FROM pg_catalog.pg_partition_ancestors(relation)) AND classid = 2618) THEN
        is_clear := NOT EXISTS (
            SELECT FROM pg_catalog.pg_class
            WHERE oid = ANY (pg_catalog.tangelo_views_above(relation)) AND pg_catalog.strpos(pg_catalog.lower(source), pg_catalog.lower(relname)) > 0);
    END IF;
    IF NOT is_clear OR source ~* E'(\\m(from|join|lateral)\\M|,)\\s*("[^"]*"|[[:alnum:]_$.]+)\\s*\\(|\\mrows\\M|/\\*|--' THEN
        PERFORM pg_catalog.tangelo_check_planned(relation, pg_catalog.current_schemas(true));
    END IF;
    RETURN 0;
END $$;

-- The look that is not cheap any more.
CREATE OR REPLACE FUNCTION tangelo_check_planned(relation oid, schemas name[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lc_messages = 'C' AS $$
DECLARE
    context text;
    frame text[];
    source text;
    texts text[];
    behind jsonb;
    fact jsonb;
    named text;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    context := tangelo_callers(context, 'tangelo_planned(oid)');
    frame := regexp_match(context, '^(SQL (?:statement|expression)|PL/pgSQL assignment) "(.*)$');
    IF frame IS NOT NULL THEN
        -- What Tangelo itself does to shells is right; only one of its functions runs text of the user's. PostgreSQL looks by ONLY whether a foreign key holds.
        IF split_part(context, E'"\nPL/pgSQL function ', 2) ~ '^tangelo_(?!upsert_update)' OR context ~ E'^SQL statement "SELECT (fk\\.|1 FROM ONLY ")[^\\n]*"(\\n(?!PL/)|$)' THEN
            RETURN;
        END IF;
        -- What PL/pgSQL computes by itself is no statement.
        source := CASE frame[1] WHEN 'SQL statement' THEN frame[2] WHEN 'SQL expression' THEN 'SELECT ' || frame[2] ELSE regexp_replace(frame[2], '^.*?:?=', 'SELECT ') END;
        texts := array_remove(ARRAY[tangelo_executed(source)], NULL);
    ELSIF context LIKE 'SQL function "%' THEN
        -- It has no text here, and its name no schema: whatever is called so counts.
        frame := regexp_match(context, E'^SQL function "([^\\n]*)" ');
        texts := ARRAY(SELECT coalesce(pg_get_function_sqlbody(oid), prosrc) FROM pg_proc WHERE proname = frame[1] AND prolang = 14);
        source := array_to_string(texts, '; ');
    ELSE
        -- Of the client's own statement the router has seen all but what is behind names.
        source := CASE WHEN context = '' THEN current_query() ELSE context END;
        texts := '{}';
    END IF;

    behind := tangelo_texts_behind(relation, source);
    IF texts <> '{}' OR behind <> '[]' THEN
        FOR fact IN SELECT tangelo_call('read_statement', jsonb_build_object('texts', texts, 'source', source, 'behind', behind)) LOOP
            SELECT (SELECT relname FROM pg_class WHERE oid = found.relation) INTO named
            FROM (SELECT r, tangelo_relation(r, schemas) AS relation FROM jsonb_array_elements(fact -> 'relations') r) AS found
            WHERE tangelo_reaches_shards(found.relation) AND tangelo_is_ignored(found.relation, fact, schemas) LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION '% is not supported in this statement on distributed table "%"', fact ->> 'construct', named USING ERRCODE = '0A000',
                    DETAIL = 'The coordinator runs it, as all statements inside of functions.', HINT = fact ->> 'hint';
            END IF;
        END LOOP;
    END IF;
END $$;

-- The texts of views over the table, and of functions that PostgreSQL may take into the statement: [{"name", "text"}]. None when no text has what would be forgotten.
CREATE OR REPLACE FUNCTION tangelo_texts_behind(relation oid, source text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    names name[] := tangelo_called_names(source);
    views oid[] := tangelo_views_above(relation);
BEGIN
    IF views = '{}' AND NOT EXISTS (SELECT FROM pg_proc WHERE proname = ANY (names) AND pronamespace <> 11 AND prolang = 14) THEN
        RETURN '[]';
    END IF;
    RETURN (
        WITH RECURSIVE called AS (
            SELECT p.oid, p.proname AS name, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS text
            FROM pg_proc p WHERE p.proname = ANY (names) AND p.pronamespace <> 11 AND p.prolang = 14 AND p.proretset AND p.provolatile <> 'v'
            UNION
            SELECT p.oid, p.proname, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
            FROM called, unnest(tangelo_called_names(called.text)) AS n JOIN pg_proc p ON p.proname = n
            WHERE p.pronamespace <> 11 AND p.prolang = 14 AND p.proretset AND p.provolatile <> 'v'),
        behind AS (
            SELECT relname AS name, pg_get_viewdef(oid) AS text FROM pg_class WHERE oid = ANY (views)
            UNION ALL
            SELECT called.name, called.text FROM called)
        SELECT CASE WHEN bool_or(b.text ~* E'\\m(tablesample|only|locked|nowait|update|share)\\M') THEN jsonb_agg(jsonb_build_object('name', b.name, 'text', b.text)) ELSE '[]' END
        FROM behind b);
END $$;

-- The relation that a statement means by {"schema", "name"}.
CREATE OR REPLACE FUNCTION tangelo_relation(name jsonb, schemas name[]) RETURNS oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = name ->> 'name' AND CASE WHEN name ->> 'schema' = '' THEN n.nspname = ANY (schemas) ELSE n.nspname = name ->> 'schema' END
    ORDER BY array_position(schemas, n.nspname) LIMIT 1;
$$;

-- True for a table that is on shards, and a view that reads one.
CREATE OR REPLACE FUNCTION tangelo_reaches_shards(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT relation AS oid
        UNION
        SELECT d.refobjid FROM below JOIN pg_class c ON c.oid = below.oid AND c.relkind = 'v' JOIN pg_rewrite r ON r.ev_class = c.oid AND r.ev_type = '1'
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass)
    SELECT EXISTS (SELECT FROM below JOIN pg_dist_partition ON logicalrelid = below.oid);
$$;

-- The relation with all that changes of its rows may concern: what a view reads, the table of a partition and its partitions, and where the actions of foreign keys lead.
CREATE OR REPLACE FUNCTION tangelo_concerned(relation oid) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE edges AS (
        SELECT inhparent AS oid, inhrelid AS other FROM pg_inherits
        UNION ALL
        SELECT inhrelid, inhparent FROM pg_inherits
        UNION ALL
        SELECT confrelid, conrelid FROM pg_constraint WHERE contype = 'f' AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))
        UNION ALL
        SELECT r.ev_class, d.refobjid FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        WHERE r.ev_type = '1' AND r.oid >= 16384),
    concerned AS (
        SELECT relation AS oid
        UNION
        SELECT e.other FROM concerned c JOIN edges e ON e.oid = c.oid)
    SELECT oid FROM concerned;
$$;

-- The same with the tables that row-level security reads for them.
CREATE OR REPLACE FUNCTION tangelo_concerned_or_read(relation oid) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE read AS (
        SELECT c AS oid FROM tangelo_concerned(relation) c
        UNION
        SELECT d.refobjid FROM read r JOIN pg_policy p ON p.polrelid = r.oid
        JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass)
    SELECT oid FROM read;
$$;

-- True when a function called so, or one that it calls, may read what changes of the relation concern. VOLATILE ones see changes in any case.
CREATE OR REPLACE FUNCTION tangelo_may_read(called jsonb, relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE bodies AS (
        SELECT p.oid, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS body FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
        WHERE called ? p.proname::text AND p.pronamespace <> 'pg_catalog'::regnamespace AND p.provolatile <> 'v' AND l.lanname NOT IN ('c', 'internal')
        UNION
        SELECT p.oid, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) FROM bodies JOIN pg_proc p ON strpos(bodies.body, p.proname) > 0 JOIN pg_language l ON l.oid = p.prolang
        WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND l.lanname NOT IN ('c', 'internal'))
    SELECT EXISTS (
        SELECT FROM bodies WHERE body ~* E'\\mexecute\\M' OR EXISTS (SELECT FROM tangelo_concerned(relation) t JOIN pg_class c ON c.oid = t WHERE strpos(body, c.relname) > 0)
        OR EXISTS (SELECT FROM pg_class v WHERE v.relkind = 'v' AND v.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND strpos(body, v.relname) > 0));
$$;

-- False where a construct does the same over shards: ONLY of what has no table below it, LIMIT over a single row, and parts that have nothing to do with each other.
CREATE OR REPLACE FUNCTION tangelo_is_ignored(relation oid, fact jsonb, schemas name[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN fact -> 'others' <> '[]' OR fact -> 'calls' <> '[]' THEN
        (NOT (fact -> 'inserts')::boolean AND fact ->> 'construct' NOT LIKE '%partitioned%'
            OR EXISTS (SELECT FROM tangelo_concerned(relation) c JOIN pg_class t ON t.oid = c WHERE t.relkind = 'p'))
        AND (EXISTS (SELECT FROM jsonb_array_elements(fact -> 'others') o, tangelo_concerned_or_read(tangelo_relation(o, schemas)) c JOIN tangelo_concerned(relation) r ON r = c)
            OR EXISTS (SELECT FROM jsonb_array_elements(fact -> 'others') o, tangelo_concerned(tangelo_relation(o, schemas)) c JOIN tangelo_concerned_or_read(relation) r ON r = c)
            OR tangelo_may_read(fact -> 'calls', relation))
    ELSE CASE fact ->> 'construct'
        WHEN 'ONLY' THEN (SELECT relkind IN ('r', 'm') FROM pg_class WHERE oid = relation)
        WHEN 'LIMIT with a row lock' THEN NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = relation AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (
                SELECT FROM unnest((i.indkey::smallint[])[0:i.indnkeyatts - 1]) AS k JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = k
                WHERE NOT EXISTS (
                    SELECT FROM jsonb_array_elements(fact -> 'equal') e WHERE e ->> 'column' = a.attname AND NOT EXISTS (
                        SELECT FROM jsonb_array_elements_text(e -> 'others') o JOIN pg_attribute c ON c.attrelid = relation AND c.attname = o))))
        ELSE true END END;
$$;

-- The statistics of tables. They hold nothing: no ANALYZE fills them.
CREATE OR REPLACE FUNCTION tangelo_create_looks(relations oid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET allow_system_table_mods = on AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT oid, oid::regclass AS relation FROM pg_class WHERE oid = ANY (relations) LOOP
        EXECUTE format('CREATE STATISTICS pg_catalog.%I ON (tangelo_planned(%s)) FROM %s', 'tangelo_planned_' || r.oid, r.oid, r.relation);
    END LOOP;
    UPDATE pg_statistic_ext SET stxstattarget = 0 WHERE stxrelid = ANY (relations) AND stxnamespace = 'pg_catalog'::regnamespace;
END $$;

CREATE OR REPLACE FUNCTION tangelo_drop_look(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_statistic_ext WHERE stxrelid = relation AND stxnamespace = 'pg_catalog'::regnamespace) THEN
        EXECUTE format('DROP STATISTICS pg_catalog.%I', 'tangelo_planned_' || relation::oid);
    END IF;
END $$;

-- CREATE TABLE ... (LIKE ... INCLUDING ALL) copies them.
CREATE OR REPLACE FUNCTION tangelo_drop_copied_looks() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT format('%I.%I', n.nspname, s.stxname) AS name
        FROM pg_depend d JOIN pg_statistic_ext s ON s.oid = d.objid JOIN pg_namespace n ON n.oid = s.stxnamespace
        WHERE d.classid = 'pg_statistic_ext'::regclass AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = 'tangelo_planned(oid)'::regprocedure
        AND n.nspname <> 'pg_catalog'
    LOOP
        EXECUTE format('DROP STATISTICS %s', r.name);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_create_looks(oid[]), tangelo_drop_look(regclass), tangelo_drop_copied_looks() FROM public;
