-- The triggers that Tangelo hangs to tables belong together: one that passes over what lies between two of them must not lose the other. So nobody renames or drops one by itself.
-- docs/decisions/0084-own-triggers-stay.md has the reasons.

-- True while a function of Tangelo's changes tables: anybody can set the setting, but those functions have a superuser's rights.
CREATE OR REPLACE FUNCTION tangelo_is_converting() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN pg_catalog.current_setting('tangelo.converting', true) OPERATOR(pg_catalog.=) 'on'
        AND (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER);
END $$;

CREATE OR REPLACE FUNCTION tangelo_refuse_own_trigger(trigger_name text, relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'trigger "%" of distributed table "%" is one of Tangelo''s own', trigger_name, relation USING ERRCODE = '42939',
        DETAIL = 'The table''s rows pass through it on the coordinator.', HINT = 'undistribute_table takes it away.';
END $$;

CREATE OR REPLACE FUNCTION tangelo_refuse_own_policy(relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'policy "~tangelo_settings" of distributed table "%" is one of Tangelo''s own', relation USING ERRCODE = '42939',
        DETAIL = 'It tells the shards of settings that the table''s policies read.', HINT = 'undistribute_table takes it away.';
END $$;

-- After ALTER TRIGGER, and CREATE OR REPLACE TRIGGER. Whoever has given a trigger a name like Tangelo's may change it.
CREATE OR REPLACE FUNCTION tangelo_check_altered_triggers() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_refuse_own_trigger(t.tgname, c.relname)
    FROM pg_event_trigger_ddl_commands() e JOIN pg_trigger t ON t.oid = e.objid JOIN pg_class c ON c.oid = t.tgrelid
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM pg_proc p WHERE p.oid = t.tgfoid AND p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^tangelo_(?!t[0-9]+:)') AS is_own) f
    WHERE e.classid = 'pg_trigger'::regclass AND NOT t.tgisinternal AND EXISTS (SELECT FROM pg_dist_partition d WHERE d.logicalrelid = t.tgrelid)
    AND CASE e.command_tag WHEN 'ALTER TRIGGER' THEN f.is_own AND t.tgconstraint = 0
        WHEN 'CREATE TRIGGER' THEN NOT f.is_own AND tangelo_is_name_of_own(t.tgname, c.relkind) END;
END $$;

-- As the user, so that it is known who drops. What goes with its table goes.
CREATE OR REPLACE FUNCTION tangelo_trigger_dropped() RETURNS event_trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT coalesce(pg_catalog.tangelo_is_converting(), false) THEN
        PERFORM pg_catalog.tangelo_check_dropped_triggers();
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_check_dropped_triggers() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_refuse_own_trigger(o.address_names[3], c.relname)
    FROM pg_event_trigger_dropped_objects() o JOIN pg_namespace n ON n.nspname = o.address_names[1] JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.address_names[2]
    JOIN pg_dist_partition d ON d.logicalrelid = c.oid
    WHERE o.object_type = 'trigger' AND tangelo_is_name_of_own(o.address_names[3], c.relkind);

    PERFORM tangelo_refuse_own_policy(c.relname)
    FROM pg_event_trigger_dropped_objects() o JOIN pg_namespace n ON n.nspname = o.address_names[1] JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.address_names[2]
    JOIN pg_dist_partition d ON d.logicalrelid = c.oid
    WHERE o.object_type = 'policy' AND o.address_names[3] = '~tangelo_settings';
END $$;

-- The names that Tangelo gives. A trigger of a user's that is called like one of them cannot be there beside it.
CREATE OR REPLACE FUNCTION tangelo_is_name_of_own(trigger_name text, kind "char") RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT trigger_name ~ '^([!~]tangelo_(stage|move)_[a-z0-9_]+|~tangelo_act_[0-9]+|tangelo_upsert_other)$'
        OR CASE WHEN kind IN ('p', 'f') THEN trigger_name ~ '^tangelo_upsert_named(_end)?$'
            ELSE trigger_name ~ '^(tangelo_forward|tangelo_upsert_begin|~tangelo_upsert_(send|sent|update)|!tangelo_upsert_written|[!~]tangelo_upsert_(written|before|after)_(hide|show))$' END;
$$;
