-- Sessions and the backends of the coordinator that the router lends them.

-- Whether lastval has a value in this session. Nothing else tells.
CREATE OR REPLACE FUNCTION tangelo_has_lastval() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_catalog.lastval();
    RETURN true;
EXCEPTION
    WHEN object_not_in_prerequisite_state THEN RETURN false;
    WHEN OTHERS THEN RETURN true;
END $$;

-- Sessions of this router that keep their backend between transactions.
CREATE OR REPLACE FUNCTION tangelo_pinned_sessions() RETURNS TABLE (pid integer, usename name, reasons text[])
LANGUAGE sql VOLATILE AS $$
    SELECT (j ->> 'pid')::integer, (j ->> 'usename')::name, ARRAY(SELECT pg_catalog.jsonb_array_elements_text(j -> 'reasons'))
    FROM pg_catalog.tangelo_call('pinned_sessions') j
$$;
CREATE OR REPLACE VIEW citus_pinned_sessions AS SELECT * FROM tangelo_pinned_sessions();
