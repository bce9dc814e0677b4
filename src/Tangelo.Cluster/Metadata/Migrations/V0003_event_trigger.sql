-- Made here, filled in by the repeatable migrations: an event trigger cannot be replaced.
CREATE FUNCTION tangelo_table_dropped() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER tangelo_table_dropped ON sql_drop EXECUTE FUNCTION tangelo_table_dropped();
INSERT INTO tangelo_own_object
    SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname = 'tangelo_table_dropped';
