-- Made here, filled in by the repeatable migrations: an event trigger cannot be replaced.
CREATE FUNCTION tangelo_trigger_dropped() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER tangelo_trigger_dropped ON sql_drop EXECUTE FUNCTION tangelo_trigger_dropped();
ALTER EVENT TRIGGER tangelo_trigger_dropped ENABLE ALWAYS;
INSERT INTO tangelo_own_object
    SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname = 'tangelo_trigger_dropped';

-- What names a partition of a distributed table tells the router so, also where it inserts or deletes.
UPDATE pg_trigger SET tgtype = tgtype | 12 WHERE tgname IN ('tangelo_upsert_named', 'tangelo_upsert_named_end') AND tgrelid IN (SELECT logicalrelid FROM pg_dist_partition);
UPDATE pg_class SET relname = relname WHERE oid IN (SELECT tgrelid FROM pg_trigger WHERE tgname = 'tangelo_upsert_named');
