-- INSERTs with ON CONFLICT whose row has met one on its shard. Only Tangelo's own functions write here: what is hidden from triggers is decided by it.
CREATE TABLE tangelo_conflicting (relation oid NOT NULL, level integer NOT NULL, transaction xid8 NOT NULL DEFAULT pg_current_xact_id());
ALTER TABLE tangelo_conflicting REPLICA IDENTITY FULL;
