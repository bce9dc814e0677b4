-- Routers take the definitions of views into their plans. The sequence tells the session that changed something, be it in a function, and the
-- notification every router.
CREATE SEQUENCE tangelo_schema_changes;
GRANT SELECT ON tangelo_schema_changes TO public;
CREATE FUNCTION tangelo_views_changed() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER tangelo_views_changed ON ddl_command_end
    WHEN TAG IN ('CREATE VIEW', 'ALTER VIEW', 'DROP VIEW', 'ALTER TABLE', 'CREATE SCHEMA', 'ALTER SCHEMA', 'DROP SCHEMA', 'GRANT', 'REVOKE',
        'DROP OWNED', 'CREATE RULE', 'DROP RULE', 'CREATE EXTENSION', 'ALTER EXTENSION', 'DROP EXTENSION')
    EXECUTE FUNCTION tangelo_views_changed();
ALTER EVENT TRIGGER tangelo_views_changed ENABLE ALWAYS;
INSERT INTO tangelo_own_object
    SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname = 'tangelo_views_changed';
