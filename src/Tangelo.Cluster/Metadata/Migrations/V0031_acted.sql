-- Tables whose rows foreign keys of others refer to, with actions that triggers of those others have to see: the kinds of statements that the
-- coordinator runs therefore, and what tangelo_follow_actions has last seen.
CREATE TABLE tangelo_acted (relation oid PRIMARY KEY, kinds text NOT NULL, state text NOT NULL);
ALTER TABLE tangelo_acted REPLICA IDENTITY FULL;
GRANT SELECT ON tangelo_acted TO public;
