-- What statements of functions must not do: PostgreSQL computes constant expressions in a table's extended statistics whenever it plans a statement that
-- names the table, before any of it runs. There the text of the statement is looked at. docs/decisions/0036-looks-at-plans.md has the reasons.

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
        IF source ~ '^SQL statement "DELETE FROM ONLY [^\n]*"\nPL/pgSQL function tangelo_' THEN
            RETURN 0;
        END IF;
        is_clear := source ~* '^SQL statement "\s*(?!\s|execute\M)' AND source !~* '\m(tablesample|only|locked|nowait)\M'
            AND NOT (source ~* '\m(update|share)\M' AND source ~* '\m(limit|fetch|with)\M') AND NOT (source ~* '\mwith\M' AND source ~* '\m(insert|delete|merge)\M');
    ELSE
        -- Of the client's own statement the router has seen all but what is behind names.
        source := pg_catalog.current_query();
        is_clear := true;
    END IF;

    -- Views, and functions in FROM, are parts of the statement without being in its text.
    IF is_clear THEN
        is_clear := NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend WHERE refclassid = 1259 AND refobjid IN (relation, (SELECT inhparent FROM pg_catalog.pg_inherits WHERE inhrelid = relation)) AND classid = 2618);
    END IF;
    IF NOT is_clear OR source ~* '(\m(from|join|lateral)\M|,)\s*("[^"]*"|[[:alnum:]_$.]+)\s*\(|\mrows\M|/\*|--' THEN
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
    fact jsonb;
    named text;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    context := substr(context, strpos(context, 'PL/pgSQL function tangelo_planned(oid) line '));
    context := CASE WHEN strpos(context, E'\n') > 0 THEN substr(context, strpos(context, E'\n') + 1) ELSE '' END;
    frame := regexp_match(context, '^(SQL (?:statement|expression)|PL/pgSQL assignment) "(.*)$');
    IF frame IS NOT NULL THEN
        -- What Tangelo itself does to shells is right; only one of its functions runs text of the user's.
        IF split_part(context, E'"\nPL/pgSQL function ', 2) ~ '^tangelo_(?!upsert_update)' THEN
            RETURN;
        END IF;
        source := frame[2];
        texts := ARRAY[source];
        frame := regexp_match(source, '^\s*EXECUTE\s+("(?:[^"]|"")*"|\w+)', 'i');
        IF frame IS NOT NULL THEN
            texts := ARRAY(SELECT statement FROM pg_prepared_statements
                WHERE name = CASE WHEN frame[1] LIKE '"%' THEN replace(substr(frame[1], 2, length(frame[1]) - 2), '""', '"') ELSE lower(frame[1]) END);
        END IF;
    ELSIF context LIKE 'SQL function "%' THEN
        -- It has no text here, and its name no schema: whatever is called so counts.
        frame := regexp_match(context, '^SQL function "([^\n]*)" ');
        texts := ARRAY(SELECT coalesce(pg_get_function_sqlbody(oid), prosrc) FROM pg_proc WHERE proname = frame[1] AND prolang = 14);
        source := array_to_string(texts, ' ');
    ELSE
        -- Of the client's own statement the router has seen all but what is behind names.
        source := CASE WHEN context = '' THEN current_query() ELSE context END;
        texts := '{}';
    END IF;

    texts := texts || tangelo_texts_behind(relation, source);
    IF texts <> '{}' THEN
        FOR fact IN SELECT tangelo_call('read_statement', jsonb_build_object('texts', texts)) LOOP
            SELECT (SELECT relname FROM pg_class WHERE oid = found.relation) INTO named
            FROM (SELECT r, tangelo_relation(r, schemas) AS relation FROM jsonb_array_elements(fact -> 'relations') r) AS found
            WHERE tangelo_reaches_shards(found.relation) AND tangelo_is_ignored(found.relation, fact) LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION '% is not supported in this statement on distributed table "%"', fact ->> 'construct', named USING ERRCODE = '0A000',
                    DETAIL = 'The coordinator runs it, as all statements inside of functions.', HINT = fact ->> 'hint';
            END IF;
        END LOOP;
    END IF;
END $$;

-- The texts of views over the table that the statement names, and of functions that PostgreSQL may take into it.
CREATE OR REPLACE FUNCTION tangelo_texts_behind(relation oid, source text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE over AS (
        SELECT coalesce((SELECT i.inhparent FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhrelid = relation AND c.relispartition), relation) AS oid
        UNION
        SELECT r.ev_class FROM over JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = over.oid AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_type = '1'),
    named AS (
        SELECT c.oid FROM over JOIN pg_class c USING (oid) WHERE c.relkind IN ('v', 'm') AND strpos(lower(source), lower(c.relname)) > 0
        UNION
        SELECT d.refobjid FROM named JOIN pg_rewrite r ON r.ev_class = named.oid AND r.ev_type = '1'
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM over)),
    called AS (
        SELECT p.oid, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS body
        FROM regexp_matches(source, '([[:alpha:]_][[:alnum:]_$]*|"[^"]+")\s*\(', 'g') AS m
        JOIN pg_proc p ON p.proname = CASE WHEN m[1] LIKE '"%' THEN btrim(m[1], '"') ELSE lower(m[1]) END
        WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND p.prolang = 14 AND p.proretset AND p.provolatile <> 'v'
        UNION
        SELECT p.oid, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
        FROM called, regexp_matches(called.body, '([[:alpha:]_][[:alnum:]_$]*|"[^"]+")\s*\(', 'g') AS m
        JOIN pg_proc p ON p.proname = CASE WHEN m[1] LIKE '"%' THEN btrim(m[1], '"') ELSE lower(m[1]) END
        WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND p.prolang = 14 AND p.proretset AND p.provolatile <> 'v')
    SELECT ARRAY(SELECT pg_get_viewdef(c.oid) FROM named JOIN pg_class c USING (oid) WHERE c.relkind IN ('v', 'm') UNION ALL SELECT body FROM called);
$$;

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

-- False where a construct does the same over shards: ONLY of what has no table below it, and LIMIT over a single row.
CREATE OR REPLACE FUNCTION tangelo_is_ignored(relation oid, fact jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE fact ->> 'construct'
        WHEN 'ONLY' THEN (SELECT relkind IN ('r', 'm') FROM pg_class WHERE oid = relation)
        WHEN 'LIMIT with a row lock' THEN NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = relation AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (
                SELECT FROM unnest((i.indkey::smallint[])[0:i.indnkeyatts - 1]) AS k JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = k
                WHERE NOT EXISTS (
                    SELECT FROM jsonb_array_elements(fact -> 'equal') e WHERE e ->> 'column' = a.attname AND NOT EXISTS (
                        SELECT FROM jsonb_array_elements_text(e -> 'others') o JOIN pg_attribute c ON c.attrelid = relation AND c.attname = o))))
        ELSE true END;
$$;

-- The statistics of a table. They hold nothing: no ANALYZE fills them.
CREATE OR REPLACE FUNCTION tangelo_create_look(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
BEGIN
    EXECUTE format('CREATE STATISTICS pg_catalog.%I ON (tangelo_planned(%s)) FROM %s', 'tangelo_planned_' || relation::oid, relation::oid, relation);
    EXECUTE format('ALTER STATISTICS pg_catalog.%I SET STATISTICS 0', 'tangelo_planned_' || relation::oid);
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
REVOKE EXECUTE ON FUNCTION tangelo_create_look(regclass), tangelo_drop_look(regclass), tangelo_drop_copied_looks() FROM public;
