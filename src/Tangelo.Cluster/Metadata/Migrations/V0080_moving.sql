-- Rows that an UPDATE is moving to another partition, of those whose triggers of UPDATE have to be passed over: how deep in triggers, and who called. Empty between rows.
CREATE TABLE tangelo_moving (transaction xid8 NOT NULL, depth integer NOT NULL, callers text NOT NULL);
ALTER TABLE tangelo_moving REPLICA IDENTITY FULL;
