-- Rights and policies are those of the table that a statement names: one that names a partitioned table needs no rights on its partitions, also in functions.
DROP ROLE IF EXISTS compat_parent, compat_columns, compat_both;
CREATE ROLE compat_parent;
CREATE ROLE compat_columns;
CREATE ROLE compat_both;
GRANT ALL ON SCHEMA compat_partitions_rights TO compat_parent, compat_columns, compat_both;
CREATE TABLE p (a int, b int, v text, w int) PARTITION BY RANGE (b);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (1) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (100) PARTITION BY LIST (v);
CREATE TABLE p_2_x PARTITION OF p_2 FOR VALUES IN ('x', NULL);
CREATE TABLE p_2_y PARTITION OF p_2 DEFAULT;
CREATE TABLE p_3 PARTITION OF p DEFAULT;
-- cluster: SELECT create_distributed_table('p', 'a')
GRANT ALL ON p TO compat_parent;
GRANT SELECT (a, b, v), UPDATE (v), INSERT (a, b) ON p TO compat_columns;
INSERT INTO p SELECT i, i * 7, CASE i % 4 WHEN 0 THEN 'x' WHEN 1 THEN 'y' WHEN 2 THEN 'it''s' END FROM generate_series(1, 20) i;
INSERT INTO p VALUES (30, NULL, 'none');
SET ROLE compat_parent;
DO 'BEGIN PERFORM * FROM p; END';
SELECT * FROM p ORDER BY a;
CREATE FUNCTION from_b(least int) RETURNS SETOF p LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM p WHERE b >= least ORDER BY a; END';
SELECT * FROM from_b(20) ORDER BY a;
CREATE FUNCTION counts() RETURNS TABLE (n bigint, s bigint, m text) LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT count(*), sum(b), max(v) FROM p; END';
SELECT * FROM counts();
DO 'DECLARE n int; BEGIN INSERT INTO p VALUES (100, 5, ''new''), (101, 50, ''x''), (102, 500, ''d''); UPDATE p SET v = v || ''+'' WHERE a IN (100, 102); GET DIAGNOSTICS n = ROW_COUNT; IF n <> 2 THEN RAISE ''% rows'', n; END IF; END';
SELECT * FROM p WHERE a >= 100 ORDER BY a;
DO 'DECLARE r record; BEGIN FOR r IN UPDATE p SET v = ''y'' WHERE a = 101 RETURNING * LOOP RAISE NOTICE ''%'', r; END LOOP; INSERT INTO p VALUES (103, 1, NULL) RETURNING * INTO r; RAISE NOTICE ''%'', r; DELETE FROM p WHERE a = 103 RETURNING * INTO r; RAISE NOTICE ''%'', r; END';
-- To other partitions, and other shards.
DO 'BEGIN UPDATE p SET b = b + 50 WHERE a < 10; UPDATE p SET a = a + 1000 WHERE a % 3 = 0; UPDATE p SET a = a + 2000, b = 3 WHERE a % 5 = 0 AND b IS NOT NULL; END';
SELECT * FROM p ORDER BY a;
DO 'BEGIN UPDATE p SET v = o.v FROM (SELECT a, v FROM p WHERE b = 3) o WHERE o.a = p.a + 5; DELETE FROM p USING generate_series(1, 5) i WHERE i = p.a; END';
SELECT * FROM p ORDER BY a;
DO 'DECLARE r record; BEGIN FOR r IN SELECT * FROM p WHERE b < 30 ORDER BY a FOR UPDATE LOOP RAISE NOTICE ''%'', r; END LOOP; END';
WITH n AS (INSERT INTO p VALUES (200, 20, 'x') RETURNING *), o AS (SELECT count(*) FROM p) SELECT * FROM n, o;
COPY (SELECT * FROM p WHERE a < 10 ORDER BY a) TO STDOUT;
-- It has no rights on the partitions by their names.
SELECT * FROM p_1;
DO 'BEGIN PERFORM * FROM p_1; END';
DO 'BEGIN PERFORM * FROM p_2; END';
DO 'BEGIN INSERT INTO p_1 VALUES (1, 1, NULL); END';
DO 'BEGIN UPDATE p_2_x SET a = 1; END';
DO 'BEGIN DELETE FROM p_3; END';
DO 'BEGIN TRUNCATE p_1; END';
BEGIN;
DO 'BEGIN TRUNCATE p; END';
SELECT count(*) FROM p;
ROLLBACK;
RESET ROLE;
-- Rights on columns.
SET ROLE compat_columns;
CREATE FUNCTION sums() RETURNS TABLE (s bigint, t bigint) LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT sum(a), sum(b) FROM p; END';
SELECT * FROM sums();
DO 'BEGIN UPDATE p SET v = ''col'' WHERE b = 3; END';
INSERT INTO p (a, b) VALUES (300, 4);
BEGIN;
-- differs: [42501] all columns go to the shards
DO 'BEGIN INSERT INTO p (a, b) VALUES (301, 4); END';
ROLLBACK;
DO 'BEGIN PERFORM w FROM p; END';
DO 'BEGIN UPDATE p SET a = 1 WHERE b = 3; END';
DO 'BEGIN INSERT INTO p (a, b, v) VALUES (300, 4, NULL); END';
DO 'BEGIN DELETE FROM p; END';
RESET ROLE;
SELECT * FROM p WHERE b IN (3, 4) ORDER BY a;
-- Views, and functions of the owner's.
CREATE VIEW w AS SELECT a, b, v FROM p WHERE b < 20;
GRANT SELECT, INSERT, UPDATE, DELETE ON w TO compat_both;
CREATE FUNCTION owners() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = compat_partitions_rights AS 'BEGIN RETURN (SELECT sum(b) FROM p WHERE b < 20); END';
SET ROLE compat_both;
CREATE FUNCTION viewed() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(b) FROM w); END';
SELECT viewed(), owners();
DO 'BEGIN PERFORM * FROM p; END';
RESET ROLE;
-- What the owner of the table may, who does not own the partitions.
ALTER TABLE p OWNER TO compat_parent;
SET ROLE compat_parent;
CREATE VIEW parents AS SELECT a, b FROM p WHERE b < 20;
GRANT SELECT ON parents TO compat_both;
SET ROLE compat_both;
CREATE FUNCTION through() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(b) FROM parents); END';
SELECT through();
SELECT sum(b) FROM parents;
RESET ROLE;
-- Triggers make the coordinator write.
CREATE FUNCTION says() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''% % %'', TG_OP, OLD, NEW; RETURN coalesce(NEW, OLD); END';
CREATE TRIGGER says AFTER INSERT OR UPDATE OR DELETE ON p FOR EACH ROW EXECUTE FUNCTION says();
GRANT ALL ON p TO compat_both;
SET ROLE compat_both;
INSERT INTO p VALUES (400, 4, 'four');
UPDATE p SET v = 'fourth' WHERE a = 400;
UPDATE p SET b = 40 WHERE a = 400;
UPDATE p SET b = b + 1 WHERE a = 400 AND b = 40;
DELETE FROM p WHERE a = 400;
UPDATE p_1 SET v = 'fourth' WHERE a = 400;
RESET ROLE;
DROP TRIGGER says ON p;
-- A schema that the role may not use.
CREATE SCHEMA compat_partitions_rights_hidden;
CREATE TABLE compat_partitions_rights_hidden.p_4 PARTITION OF p FOR VALUES FROM (1000) TO (2000);
SET ROLE compat_both;
DO 'BEGIN INSERT INTO p VALUES (500, 1500, ''hidden''); UPDATE p SET v = ''seen'' WHERE a = 500; UPDATE p SET b = 5 WHERE a = 500; UPDATE p SET b = 1501 WHERE a = 500; END';
SELECT * FROM p WHERE a = 500;
DO 'BEGIN PERFORM * FROM compat_partitions_rights_hidden.p_4; END';
RESET ROLE;
DROP SCHEMA compat_partitions_rights_hidden CASCADE;
-- Row-level security of the table that is named.
CREATE TABLE q (a int, b int, who text) PARTITION BY RANGE (b);
CREATE TABLE q_1 PARTITION OF q FOR VALUES FROM (1) TO (10);
CREATE TABLE q_2 PARTITION OF q FOR VALUES FROM (10) TO (100);
-- cluster: SELECT create_distributed_table('q', 'a')
INSERT INTO q SELECT i, i * 3, CASE WHEN i % 2 = 0 THEN 'compat_both' ELSE 'compat_parent' END FROM generate_series(1, 12) i;
ALTER TABLE q ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON q USING (who = current_user);
GRANT ALL ON q TO compat_parent;
GRANT ALL ON q, q_1, q_2 TO compat_both;
SET ROLE compat_parent;
CREATE FUNCTION seen() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT string_agg(a || who, '','' ORDER BY a) FROM q); END';
SELECT seen();
DO 'BEGIN INSERT INTO q VALUES (20, 20, ''compat_both''); END';
DO 'BEGIN UPDATE q SET who = ''compat_both''; END';
DO 'BEGIN UPDATE q SET b = b + 1; DELETE FROM q WHERE a = 1; INSERT INTO q VALUES (21, 21, ''compat_parent''); END';
SELECT seen();
RESET ROLE;
SET ROLE compat_both;
CREATE FUNCTION seen_too() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT string_agg(a || who, '','' ORDER BY a) FROM q); END';
CREATE FUNCTION seen_below() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT string_agg(a || who, '','' ORDER BY a) FROM q_2); END';
SELECT seen_too(), seen_below();
DO 'BEGIN INSERT INTO q VALUES (22, 22, ''compat_parent''); END';
DO 'BEGIN INSERT INTO q_2 VALUES (22, 22, ''compat_parent''); END';
DO 'BEGIN UPDATE q SET who = ''compat_parent'' WHERE a < 7; END';
DO 'BEGIN UPDATE q_2 SET who = ''compat_parent'' WHERE a < 7; END';
DO 'BEGIN DELETE FROM q WHERE a IN (7, 8); DELETE FROM q_2 WHERE a = 9; END';
RESET ROLE;
SELECT * FROM q ORDER BY a;
-- Partitions have none of their own.
-- differs: [42809] a partition is a foreign table
ALTER TABLE q_2 ENABLE ROW LEVEL SECURITY;
-- plain: ALTER TABLE q_2 DISABLE ROW LEVEL SECURITY
DROP OWNED BY compat_parent, compat_columns, compat_both CASCADE;
DROP ROLE compat_parent, compat_columns, compat_both;
