-- What a statement's text says, as far as patterns see it.

-- What a text calls like functions, and more.
CREATE OR REPLACE FUNCTION tangelo_called_names(source text) RETURNS name[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT CASE WHEN m[1] LIKE '"%' THEN btrim(m[1], '"') ELSE lower(m[1]) END::name
        FROM regexp_matches(source, E'([[:alpha:]_][[:alnum:]_$]*|"[^"]+")\\s*\\(', 'g') AS m);
END $$;

-- The text that runs: for EXECUTE that of the prepared statement, null when there is none of the name.
CREATE OR REPLACE FUNCTION tangelo_executed(source text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named constant text := (regexp_match(source, E'^\\s*EXECUTE\\s+("(?:[^"]|"")*"|\\w+)', 'i'))[1];
BEGIN
    IF named IS NULL THEN
        RETURN source;
    END IF;
    RETURN (SELECT statement FROM pg_prepared_statements
        WHERE name = CASE WHEN named LIKE '"%' THEN replace(substr(named, 2, length(named) - 2), '""', '"') ELSE lower(named) END);
END $$;
