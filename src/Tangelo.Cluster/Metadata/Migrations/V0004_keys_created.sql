-- Made here, filled in by the repeatable migrations: an event trigger cannot be replaced.
CREATE FUNCTION tangelo_keys_created() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER tangelo_keys_created ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE SCHEMA')
    EXECUTE FUNCTION tangelo_keys_created();
INSERT INTO tangelo_own_object
    SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname = 'tangelo_keys_created';
