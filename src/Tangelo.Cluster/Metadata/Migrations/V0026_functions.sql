-- The functions that every node has, by the names they go by there. Changes of them are followed by an event trigger.
CREATE TABLE tangelo_node_function (function oid PRIMARY KEY, signature text NOT NULL);
CREATE FUNCTION tangelo_functions_changed() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER tangelo_functions_changed ON ddl_command_end
    WHEN TAG IN ('CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE PROCEDURE', 'ALTER PROCEDURE', 'ALTER ROUTINE', 'GRANT', 'REVOKE', 'ALTER SCHEMA')
    EXECUTE FUNCTION tangelo_functions_changed();
ALTER EVENT TRIGGER tangelo_functions_changed ENABLE ALWAYS;
INSERT INTO tangelo_own_object
    SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname = 'tangelo_functions_changed';
