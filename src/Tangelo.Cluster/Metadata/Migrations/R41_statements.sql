-- An UPDATE or DELETE that a function begins: its WITH queries, and STABLE functions that it calls, see what was there before it. The router is told where it
-- begins: the cursors that postgres_fdw opens for the statement itself have lower numbers than the one that tells. docs/decisions/0029-statements-of-functions.md has the reasons.

-- What the running statement is made of: {"stable"}; null for the client's own statement, and for one that has neither WITH nor calls of users' functions.
CREATE OR REPLACE FUNCTION tangelo_statement_facts() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lc_messages = 'C' AS $$
DECLARE
    context text;
    frame text[];
    source text;
    called text[];
    parts boolean;
    found record;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    context := tangelo_callers(context, 'tangelo_statement_begins()');
    IF context = '' OR context LIKE 'SQL statement "DELETE FROM ONLY %' THEN
        RETURN NULL;
    ELSIF context LIKE 'SQL statement "%' THEN
        source := substr(context, 15, coalesce(nullif(strpos(context, E'"\nPL/pgSQL function '), 0), length(context)) - 15);
    ELSE
        frame := regexp_match(context, '^(?:SQL|PL/pgSQL) function "?([^\n"(]*)');
        source := CASE WHEN frame[1] = 'inline_code_block' THEN current_query()
            ELSE (SELECT string_agg(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), ' ') FROM pg_proc p WHERE p.proname = (regexp_match(frame[1], '[^.]*$'))[1]) END;
    END IF;
    parts := source ~* '\mwith\M';
    SELECT array_agg(DISTINCT CASE WHEN m[1] LIKE '"%' THEN trim('"' FROM m[1]) ELSE lower(m[1]) END) INTO called
    FROM regexp_matches(source, '("[^"]+"|[[:alpha:]_][[:alnum:]_$]*)\s*\(', 'g') AS m;
    SELECT bool_and(p.provolatile <> 'v') AS stable INTO found
    FROM pg_proc p WHERE p.proname = ANY (called) AND p.pronamespace <> 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'p');
    RETURN CASE WHEN parts OR found.stable IS NOT NULL THEN jsonb_build_object('stable', coalesce(found.stable, false)) END;
END $$;

CREATE OR REPLACE FUNCTION tangelo_statement_begins() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    facts jsonb := tangelo_statement_facts();
BEGIN
    IF facts IS NOT NULL THEN
        PERFORM tangelo_call('statement_begins', facts);
    END IF;
    RETURN NULL;
END $$;

-- Only Tangelo hangs it to tables.
REVOKE EXECUTE ON FUNCTION tangelo_statement_begins() FROM public;
