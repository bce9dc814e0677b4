-- Settings that policies and functions read, by their texts. A function may change one and then read a table: R19_told_settings.sql.
CREATE TABLE tangelo_read_setting (name text CONSTRAINT tangelo_read_setting_pkey PRIMARY KEY);
ALTER TABLE tangelo_read_setting REPLICA IDENTITY FULL;
GRANT SELECT ON tangelo_read_setting TO public;

-- The policies that users have made.
CREATE VIEW tangelo_user_policy AS SELECT * FROM pg_policy WHERE polname <> '~tangelo_settings';
GRANT SELECT ON tangelo_user_policy TO public;

CREATE FUNCTION tangelo_settings_read() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER tangelo_settings_read ON ddl_command_end
    WHEN TAG IN ('CREATE POLICY', 'ALTER POLICY', 'CREATE FUNCTION', 'CREATE EXTENSION', 'ALTER EXTENSION')
    EXECUTE FUNCTION tangelo_settings_read();
ALTER EVENT TRIGGER tangelo_settings_read ENABLE ALWAYS;
INSERT INTO tangelo_own_object
    SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname = 'tangelo_settings_read';

CREATE FUNCTION tangelo_follow_policies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER tangelo_follow_policies AFTER INSERT OR DELETE ON pg_dist_partition FOR EACH ROW EXECUTE FUNCTION tangelo_follow_policies();
ALTER TABLE pg_dist_partition ENABLE ALWAYS TRIGGER tangelo_follow_policies;
