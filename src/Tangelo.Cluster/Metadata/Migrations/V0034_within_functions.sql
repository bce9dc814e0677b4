-- Schema changes inside of functions. Made here, filled in by the repeatable migrations: an event trigger cannot be replaced. The one for the end comes after
-- the others.
CREATE FUNCTION tangelo_within_function_begins() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE FUNCTION tangelo_within_function_ends() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER tangelo_within_function_begins ON ddl_command_start EXECUTE FUNCTION tangelo_within_function_begins();
CREATE EVENT TRIGGER tangelo_within_function_ends ON ddl_command_end EXECUTE FUNCTION tangelo_within_function_ends();
ALTER EVENT TRIGGER tangelo_within_function_begins ENABLE ALWAYS;
ALTER EVENT TRIGGER tangelo_within_function_ends ENABLE ALWAYS;
INSERT INTO tangelo_own_object
    SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname LIKE 'tangelo_within_function_%';
