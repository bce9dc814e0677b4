-- Functions that look at who called them.

-- What stands in a PG_CONTEXT below the line of one of its functions, say tangelo_call(text,jsonb): its callers. Empty when the client called it.
CREATE OR REPLACE FUNCTION tangelo_callers(context text, callee text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    frames constant text := substr(context, strpos(context, format('PL/pgSQL function %s line ', callee)));
BEGIN
    RETURN substr(frames, strpos(frames || E'\n', E'\n') + 1);
END $$;
