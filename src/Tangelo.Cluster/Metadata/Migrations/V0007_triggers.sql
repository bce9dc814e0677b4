-- What tangelo_follow_triggers has last seen of the triggers and rules of a table.
CREATE TABLE tangelo_watch (relation oid PRIMARY KEY, state text NOT NULL);
ALTER TABLE tangelo_watch REPLICA IDENTITY FULL;

-- Made here, filled in by the repeatable migrations: an event trigger cannot be replaced.
CREATE FUNCTION tangelo_triggers_changed() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER tangelo_triggers_changed ON ddl_command_end
    WHEN TAG IN ('CREATE TRIGGER', 'ALTER TRIGGER', 'DROP TRIGGER', 'CREATE RULE', 'ALTER RULE', 'DROP RULE', 'CREATE FUNCTION', 'ALTER FUNCTION',
        'ALTER ROUTINE', 'DROP FUNCTION', 'DROP ROUTINE', 'ALTER TABLE', 'DROP SCHEMA', 'DROP OWNED', 'DROP EXTENSION')
    EXECUTE FUNCTION tangelo_triggers_changed();
ALTER EVENT TRIGGER tangelo_triggers_changed ENABLE ALWAYS;
INSERT INTO tangelo_own_object
    SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname = 'tangelo_triggers_changed';
