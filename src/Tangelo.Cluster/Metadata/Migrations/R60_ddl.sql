-- What a schema change does on the coordinator besides the client's statement. All of these may be called by anybody: they
-- bring a distributed table into the state it has to be in anyway, or ask for its owner.

-- The shell is empty, so PostgreSQL must not check foreign keys on it; the shards check theirs.
CREATE OR REPLACE FUNCTION tangelo_disable_ri(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT t.tgrelid, t.tgname FROM pg_trigger t JOIN pg_constraint c ON c.oid = t.tgconstraint
        WHERE c.contype = 'f' AND relation IN (c.conrelid, c.confrelid) AND t.tgisinternal AND t.tgenabled <> 'D'
        AND EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = t.tgrelid)
        ORDER BY t.tgrelid, t.tgname
    LOOP
        EXECUTE format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', r.tgrelid::regclass, r.tgname);
    END LOOP;
END $$;

-- Columns, names and types are part of what routers keep in memory.
CREATE OR REPLACE FUNCTION tangelo_metadata_touched() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_version bigint;
BEGIN
    UPDATE tangelo_metadata_version SET version = version + 1 RETURNING version INTO new_version;
    PERFORM pg_notify('tangelo_metadata', new_version::text);
END $$;

CREATE OR REPLACE FUNCTION tangelo_table_changed(relation oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    child regclass := to_regclass(format('pg_catalog.tangelo_%s', relation));
    owner oid := (SELECT relowner FROM pg_class WHERE oid = relation);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RETURN;
    END IF;

    PERFORM tangelo_disable_ri(relation);
    -- ALTER TABLE descends to the child only when both have the same owner.
    IF (SELECT relowner FROM pg_class WHERE oid = child) <> owner THEN
        EXECUTE format('ALTER FOREIGN TABLE %s OWNER TO %I', child, pg_get_userbyid(owner));
    END IF;
    PERFORM tangelo_metadata_touched();
END $$;

CREATE OR REPLACE FUNCTION tangelo_require_owner(relation oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = relation), 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('must be owner of table %s', (SELECT relname FROM pg_class WHERE oid = relation));
    END IF;
END $$;
