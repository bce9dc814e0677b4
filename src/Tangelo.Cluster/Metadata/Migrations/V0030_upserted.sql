-- Rows that an INSERT ... ON CONFLICT DO UPDATE which is running has written already: it must not update one twice. Empty between statements.
CREATE TABLE tangelo_upserted (relation oid NOT NULL, level integer NOT NULL, row_text text NOT NULL, transaction xid8 NOT NULL DEFAULT pg_current_xact_id());
CREATE INDEX ON tangelo_upserted (relation, level);
ALTER TABLE tangelo_upserted REPLICA IDENTITY FULL;
