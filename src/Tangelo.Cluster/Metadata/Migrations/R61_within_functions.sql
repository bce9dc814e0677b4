-- Schema changes inside of functions and DO blocks. PostgreSQL runs the statement; the router plans it before, and its shards follow after it, in the same
-- transaction. All of this runs with the rights of whoever runs the statement.

-- The statement that a function of somebody's is about to run, by what stands in a PG_CONTEXT: null when it cannot be seen. False when no such function does.
-- The number is the statement's in the text, from 0, where that is known.
CREATE OR REPLACE FUNCTION tangelo_statement_of_caller(callers text, OUT within boolean, OUT source text, OUT number integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts constant text[] := regexp_match(callers, E'^SQL statement "(.*?)"\\n(PL/[^\\n]*|SQL function [^\\n]*)(\\n|$)');
    caller constant text := coalesce(parts[2], split_part(callers, E'\n', 1));
    signature constant text := (regexp_match(caller, E'^PL/pgSQL function (.*\\)) line \\d+ at '))[1];
    in_sql constant text[] := regexp_match(caller, E'^SQL function "(.*)" statement (\\d+)$');
BEGIN
    -- What stands in pg_catalog is Tangelo's own, and knows what it does.
    within := callers <> '' AND NOT EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure(signature) AND pronamespace = 'pg_catalog'::regnamespace);
    source := parts[1];
    IF source IS NULL AND in_sql IS NOT NULL THEN
        -- Its name has neither schema nor arguments here.
        SELECT min(prosrc), in_sql[2]::integer - 1 INTO source, number FROM pg_proc
        WHERE proname = in_sql[1] AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql') AND prosqlbody IS NULL HAVING count(*) = 1;
    END IF;
END $$;

-- Rows of a query as arrays of text.
CREATE OR REPLACE FUNCTION tangelo_rows_of(query text, path text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    found jsonb := '[]';
BEGIN
    -- Names mean what they mean to the caller.
    PERFORM set_config('search_path', path, true);
    FOR r IN EXECUTE query LOOP
        found := found || pg_catalog.jsonb_build_array((SELECT pg_catalog.jsonb_agg(v.value #>> '{}' ORDER BY v.number) FROM pg_catalog.json_each(pg_catalog.row_to_json(r)) WITH ORDINALITY AS v(key, value, number)));
    END LOOP;
    RETURN found;
END $$;

CREATE OR REPLACE FUNCTION tangelo_texts_of(query text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found jsonb;
BEGIN
    IF query IS NOT NULL THEN
        EXECUTE format('SELECT jsonb_agg(row_text) FROM (%s) AS r(row_text)', query) INTO found;
    END IF;
    RETURN coalesce(found, '[]');
END $$;

CREATE OR REPLACE FUNCTION tangelo_run_all(statements jsonb, path text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT jsonb_array_elements_text(statements) LOOP
        PERFORM set_config('search_path', path, true);
        EXECUTE statement;
    END LOOP;
END $$;

-- Plans the statement and does what comes before it. The setting tangelo.schema_change names the plan until the statement has ended: what rolls back the
-- statement takes it away.
CREATE OR REPLACE FUNCTION tangelo_begin_within_function(source text, known integer, path text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    answers jsonb := '{}';
    metadata jsonb;
    reply jsonb;
    -- A text of several statements is the same for each of them.
    seen constant text := md5(source);
    before constant text[] := string_to_array(coalesce(current_setting('tangelo.statement_of_text', true), ''), ' ');
    number constant integer := CASE WHEN before[1] = seen THEN before[2]::integer + 1 ELSE 0 END;
BEGIN
    PERFORM set_config('tangelo.statement_of_text', seen || ' ' || number, true);
    LOOP
        reply := (SELECT r FROM tangelo_call('schema_change', jsonb_build_object(
            'step', 'begin', 'text', source, 'is_known', known IS NOT NULL, 'number', coalesce(known, number), 'answers', answers, 'metadata', metadata)) AS r);
        metadata := NULL;
        IF reply ? 'probe' THEN
            answers := answers || jsonb_build_object(reply ->> 'probe', tangelo_rows_of(reply ->> 'probe', path));
        ELSIF reply ? 'prepare' THEN
            PERFORM tangelo_run_all(jsonb_build_array(reply -> 'prepare'), path);
            metadata := tangelo_texts_of(reply ->> 'metadata');
            answers := '{}';
        ELSE
            EXIT;
        END IF;
    END LOOP;
    IF reply ? 'before' THEN
        PERFORM tangelo_run_all(reply -> 'before', path);
    END IF;
    PERFORM set_config('tangelo.schema_change', CASE WHEN reply ? 'unknown' THEN 'unknown' ELSE coalesce(reply ->> 'id', '') END, true);
END $$;

CREATE OR REPLACE FUNCTION tangelo_end_within_function(id text, path text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reply jsonb := (SELECT r FROM tangelo_call('schema_change', jsonb_build_object('step', 'follow', 'id', id)) AS r);
BEGIN
    PERFORM tangelo_run_all(reply -> 'after', path);
    reply := (SELECT r FROM tangelo_call('schema_change', jsonb_build_object('step', 'end', 'id', id, 'scripts', tangelo_texts_of(reply ->> 'scripts'))) AS r);
    IF reply ->> 'metadata' IS NOT NULL THEN
        PERFORM tangelo_call('schema_change', jsonb_build_object('step', 'known', 'metadata', tangelo_texts_of(reply ->> 'metadata')));
    END IF;
    PERFORM tangelo_run_all(reply -> 'at_end', path);
END $$;

-- A statement whose text cannot be seen must not have changed anything distributed.
CREATE OR REPLACE FUNCTION tangelo_require_nothing_distributed(objects jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found text;
BEGIN
    SELECT c.relname INTO found FROM jsonb_to_recordset(objects) AS o(classid oid, objid oid)
    JOIN pg_depend d ON d.classid = o.classid AND d.objid = o.objid AND d.refclassid = 'pg_class'::regclass
        OR o.classid = 'pg_class'::regclass AND d.classid = 'pg_class'::regclass AND d.objid = o.objid
    JOIN pg_dist_partition p ON p.logicalrelid = d.refobjid OR (o.classid = 'pg_class'::regclass AND p.logicalrelid = o.objid)
    JOIN pg_class c ON c.oid = p.logicalrelid
    LIMIT 1;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'schema changes of distributed tables cannot run inside of this function' USING ERRCODE = '0A000',
            DETAIL = format('The text of the statement that changes "%s" cannot be seen.', found), HINT = 'Write the function in PL/pgSQL, or send the statement from the client.';
    END IF;
END $$;

-- No search_path of their own: it is the caller's that counts.
CREATE OR REPLACE FUNCTION tangelo_within_function_begins() RETURNS event_trigger
LANGUAGE plpgsql AS $$
DECLARE
    context text;
    statement record;
BEGIN
    IF pg_catalog.current_setting('tangelo.converting', true) OPERATOR(pg_catalog.=) 'on' OR pg_catalog.current_setting('tangelo.on_shards', true) OPERATOR(pg_catalog.=) 'on' THEN
        RETURN;
    END IF;
    GET DIAGNOSTICS context = PG_CONTEXT;
    SELECT * INTO statement FROM pg_catalog.tangelo_statement_of_caller(pg_catalog.tangelo_callers(context, 'tangelo_within_function_begins()'));
    -- What is new concerns no shards, but for keys to distributed tables and children of them. Other event triggers follow partitions.
    IF NOT statement.within OR NOT EXISTS (SELECT FROM pg_catalog.pg_dist_node)
        OR TG_TAG OPERATOR(pg_catalog.=) ANY (ARRAY['CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW', 'CREATE SEQUENCE', 'CREATE SCHEMA', 'CREATE TYPE', 'CREATE DOMAIN', 'CREATE MATERIALIZED VIEW'])
            AND statement.source OPERATOR(pg_catalog.!~*) '[[:<:]](inherits|references)[[:>:]]' THEN
        RETURN;
    ELSIF statement.source IS NULL THEN
        PERFORM pg_catalog.set_config('tangelo.schema_change', 'unknown', true);
    ELSE
        BEGIN
            PERFORM pg_catalog.tangelo_begin_within_function(statement.source, statement.number, pg_catalog.current_setting('search_path'));
        EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection THEN
            -- A session that no router knows may do what it likes with tables that are not distributed.
            PERFORM pg_catalog.set_config('tangelo.schema_change', 'unknown', true);
        END;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_within_function_ends() RETURNS event_trigger
LANGUAGE plpgsql AS $$
DECLARE
    context text;
    id constant text := pg_catalog.current_setting('tangelo.schema_change', true);
    statement record;
BEGIN
    IF id IS NULL OR id OPERATOR(pg_catalog.=) '' OR pg_catalog.current_setting('tangelo.converting', true) OPERATOR(pg_catalog.=) 'on'
        OR pg_catalog.current_setting('tangelo.on_shards', true) OPERATOR(pg_catalog.=) 'on' THEN
        RETURN;
    END IF;
    GET DIAGNOSTICS context = PG_CONTEXT;
    SELECT * INTO statement FROM pg_catalog.tangelo_statement_of_caller(pg_catalog.tangelo_callers(context, 'tangelo_within_function_ends()'));
    IF NOT statement.within THEN
        RETURN;
    END IF;
    PERFORM pg_catalog.set_config('tangelo.schema_change', '', true);
    IF id OPERATOR(pg_catalog.=) 'unknown' THEN
        PERFORM pg_catalog.tangelo_require_nothing_distributed((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('classid', o.classid, 'objid', o.objid))
            FROM pg_catalog.pg_event_trigger_ddl_commands() o));
    ELSE
        PERFORM pg_catalog.tangelo_end_within_function(id, pg_catalog.current_setting('search_path'));
    END IF;
END $$;
