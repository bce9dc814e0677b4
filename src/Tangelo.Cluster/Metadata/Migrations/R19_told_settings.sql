-- Policies that read settings. The shards have the settings of the session as they were when the client's statement began; where a function has changed one since, the
-- coordinator tells. It does so by a policy of Tangelo's own on the shell, that PostgreSQL looks at once before it scans the table: docs/decisions/0094-policies-tell-settings.md.

-- Tells the router what the settings are that policies read. True: it keeps no row from anybody.
CREATE OR REPLACE FUNCTION tangelo_tell_settings() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
    told pg_catalog.jsonb := (SELECT pg_catalog.jsonb_object_agg(s.name, pg_catalog.current_setting(s.name, true)) FROM pg_catalog.tangelo_read_setting s);
BEGIN
    IF told IS NOT NULL THEN
        PERFORM pg_catalog.tangelo_call('settings_told', told);
    END IF;
    RETURN true;
END $$;

-- Whether there is something to tell for whoever acts.
CREATE OR REPLACE FUNCTION tangelo_policies_tell(relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN row_security_active(relation) AND EXISTS (SELECT FROM pg_policy WHERE polrelid = relation AND polname = '~tangelo_settings');
END $$;

-- The settings that a text reads. Those without a dot are PostgreSQL's, and stay what they are until the client's statement has ended.
CREATE OR REPLACE FUNCTION tangelo_settings_in(source text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT lower(m[1]) FROM regexp_matches(source, E'current_setting\\s*\\(\\s*''([^'']+[.][^'']+)''', 'gi') AS m WHERE m[1] !~* '^(citus|tangelo)[.]'
$$;

CREATE OR REPLACE FUNCTION tangelo_function_text(function oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT coalesce(pg_get_function_sqlbody(oid), prosrc) FROM pg_proc WHERE oid = function $$;

-- Makes the policy that tells, where a policy of the user's may read settings, and takes it away where none does.
CREATE OR REPLACE FUNCTION tangelo_follow_policies_of(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    is_there constant boolean := EXISTS (SELECT FROM pg_policy WHERE polrelid = relation AND polname = '~tangelo_settings');
    is_needed constant boolean := EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) AND EXISTS (
        SELECT FROM tangelo_user_policy p WHERE p.polrelid = relation AND (
            concat(pg_get_expr(p.polqual, relation), pg_get_expr(p.polwithcheck, relation)) ~* 'current_setting'
            OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass))));
BEGIN
    IF is_needed AND NOT is_there THEN
        -- A subquery is computed once for all rows that come in.
        EXECUTE format('CREATE POLICY "~tangelo_settings" ON %s AS RESTRICTIVE USING (pg_catalog.tangelo_tell_settings()) WITH CHECK ((SELECT pg_catalog.tangelo_tell_settings()))', relation);
    ELSIF is_there AND NOT is_needed THEN
        EXECUTE format('DROP POLICY "~tangelo_settings" ON %s', relation);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_follow_policies_of(regclass) FROM public;

-- With the row of a table in the metadata.
CREATE OR REPLACE FUNCTION tangelo_follow_policies() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    relation constant oid := coalesce(NEW.logicalrelid, OLD.logicalrelid);
BEGIN
    IF EXISTS (SELECT FROM pg_policy WHERE polrelid = relation) THEN
        PERFORM tangelo_follow_policies_of(relation);
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_follow_policies() FROM public;

CREATE OR REPLACE FUNCTION tangelo_settings_read() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    IF current_setting('tangelo.on_shards', true) = 'on' OR current_setting('tangelo.converting', true) = 'on' AND EXISTS (
        SELECT FROM pg_event_trigger_ddl_commands() c JOIN pg_policy p ON c.classid = 'pg_policy'::regclass AND p.oid = c.objid AND p.polname = '~tangelo_settings') THEN
        RETURN;
    END IF;

    INSERT INTO tangelo_read_setting (name)
    SELECT DISTINCT s FROM (
        SELECT concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) AS source
        FROM pg_event_trigger_ddl_commands() c JOIN pg_policy p ON c.classid = 'pg_policy'::regclass AND p.oid = c.objid
        UNION ALL
        SELECT tangelo_function_text(c.objid) FROM pg_event_trigger_ddl_commands() c WHERE c.classid = 'pg_proc'::regclass) t, tangelo_settings_in(t.source) AS s
    WHERE NOT EXISTS (SELECT FROM tangelo_read_setting k WHERE k.name = s)
    ON CONFLICT DO NOTHING;

    FOR r IN
        SELECT p.polrelid::regclass AS relation, t.relname, p.polname, d.refobjid AS tells
        FROM pg_event_trigger_ddl_commands() c JOIN pg_policy p ON c.classid = 'pg_policy'::regclass AND p.oid = c.objid
        JOIN pg_dist_partition m ON m.logicalrelid = p.polrelid JOIN pg_class t ON t.oid = p.polrelid
        LEFT JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
            AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = 'tangelo_tell_settings()'::regprocedure
    LOOP
        IF r.polname = '~tangelo_settings' OR r.tells IS NOT NULL THEN
            PERFORM tangelo_refuse_own_policy(r.relname);
        END IF;
        PERFORM tangelo_follow_policies_of(r.relation);
    END LOOP;
END $$;

-- What was there before.
INSERT INTO tangelo_read_setting (name)
SELECT DISTINCT s FROM (
    SELECT concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) AS source FROM pg_policy
    UNION ALL
    SELECT tangelo_function_text(oid) FROM pg_proc WHERE oid >= 16384 AND pronamespace <> 'pg_catalog'::regnamespace) t, tangelo_settings_in(t.source) AS s
ON CONFLICT DO NOTHING;
SELECT tangelo_follow_policies_of(logicalrelid) FROM pg_dist_partition WHERE EXISTS (SELECT FROM pg_policy WHERE polrelid = logicalrelid);
