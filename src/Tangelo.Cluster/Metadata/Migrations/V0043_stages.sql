-- UPDATE and DELETE statements which are running on tables with stages, of kinds U and D, in the order in which they began; with the columns that an UPDATE names (c), and while
-- their triggers fire (f). Empty between statements.
CREATE SEQUENCE tangelo_staged_seq;
CREATE TABLE tangelo_staged (relation oid NOT NULL, n bigint NOT NULL DEFAULT nextval('tangelo_staged_seq'), kind "char" NOT NULL, attribute smallint, depth integer);
ALTER TABLE tangelo_staged REPLICA IDENTITY FULL;

-- The rows that they change: where they stand on the stage before and after (u and d; p and q until they have been changed). They belong to the statement that began last before them.
CREATE TABLE tangelo_staged_row (
    relation oid NOT NULL, n bigint NOT NULL DEFAULT nextval('tangelo_staged_seq'), kind "char" NOT NULL, old_place tid NOT NULL, new_place tid);
CREATE INDEX ON tangelo_staged_row (old_place, relation);
ALTER TABLE tangelo_staged_row REPLICA IDENTITY FULL;

-- Names of transition tables that triggers of distributed tables have for their users. PostgreSQL must not find them there.
CREATE TABLE tangelo_transition_table (trigger oid PRIMARY KEY, old_table name, new_table name);
ALTER TABLE tangelo_transition_table REPLICA IDENTITY FULL;
GRANT SELECT ON tangelo_transition_table TO public;
