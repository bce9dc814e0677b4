-- Sessions of all routers that have been waiting for a while in a transaction, with the backends that work for them: routers look for deadlocks together.
-- Empty when nobody waits.
CREATE UNLOGGED TABLE tangelo_waiting (
    router text NOT NULL, link integer NOT NULL, began timestamptz NOT NULL, groups integer[] NOT NULL, pids integer[] NOT NULL,
    seen timestamptz NOT NULL DEFAULT clock_timestamp());
ALTER TABLE tangelo_waiting REPLICA IDENTITY FULL;
