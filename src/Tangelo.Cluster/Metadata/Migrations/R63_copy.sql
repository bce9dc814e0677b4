-- The data of COPY in an encoding that the router cannot split.

-- A piece of the data in another encoding, or what PostgreSQL has against it: an error would end the client's transaction before the rows that
-- stand in front of it have been looked at.
CREATE OR REPLACE FUNCTION tangelo_converted(piece bytea, source name, target name, OUT converted bytea, OUT code text, OUT message text)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    converted := convert(piece, source, target);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
END $$;
