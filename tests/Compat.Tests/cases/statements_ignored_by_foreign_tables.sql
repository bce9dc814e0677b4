-- TABLESAMPLE, ONLY, SKIP LOCKED, NOWAIT and LIMIT over row locks inside of functions: never forgotten without a word.
CREATE TABLE t (id int PRIMARY KEY, k int, v text);
CREATE TABLE r (id int PRIMARY KEY, k int);
CREATE TABLE parted (a int, b int) PARTITION BY RANGE (b);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
CREATE TABLE loc (id int PRIMARY KEY, k int);
INSERT INTO t SELECT i, i, 'v' || i FROM generate_series(1, 40) i;
INSERT INTO r SELECT i, i FROM generate_series(1, 5) i;
INSERT INTO parted SELECT i, i FROM generate_series(1, 9) i;
INSERT INTO loc SELECT i, i FROM generate_series(1, 30) i;
CREATE VIEW sampled AS SELECT * FROM t TABLESAMPLE BERNOULLI (100);
CREATE VIEW over_sampled AS SELECT id + 0 AS id FROM sampled;
CREATE VIEW locked AS SELECT * FROM t FOR UPDATE SKIP LOCKED;
CREATE VIEW simple AS SELECT * FROM t;
CREATE FUNCTION sample_of_body() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100));
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('parted', 'a')
-- What concerns a local table only works as ever.
DO 'DECLARE c int; BEGIN SELECT count(*) INTO c FROM loc TABLESAMPLE BERNOULLI (100) WHERE id IN (SELECT id FROM t); RAISE NOTICE ''%'', c; END';
DO 'DECLARE c int; BEGIN SELECT count(*) INTO c FROM ONLY loc JOIN t USING (id); RAISE NOTICE ''%'', c; END';
DO 'DECLARE c int; BEGIN SELECT loc.id INTO c FROM loc JOIN t USING (id) ORDER BY 1 LIMIT 1 FOR UPDATE OF loc SKIP LOCKED; RAISE NOTICE ''%'', c; END';
DO 'DECLARE c int; BEGIN SELECT l.id INTO c FROM (SELECT * FROM loc ORDER BY id LIMIT 1 FOR UPDATE NOWAIT) AS l, t WHERE t.id = l.id; RAISE NOTICE ''%'', c; END';
DO 'DECLARE c int; BEGIN WITH t AS (SELECT * FROM loc) SELECT count(*) INTO c FROM t, r WHERE t.id = r.id; RAISE NOTICE ''%'', c; END';
DO 'DECLARE c text; BEGIN SELECT string_agg(v, '','' ORDER BY id) INTO c FROM t WHERE v LIKE ''v1%'' OR v IN (''TABLESAMPLE'', ''SKIP LOCKED'', ''only'', ''limit for update''); RAISE NOTICE ''%'', c; END';
DO 'DECLARE c int; BEGIN SELECT id INTO c FROM t ORDER BY id FETCH FIRST 1 ROW ONLY; RAISE NOTICE ''%'', c; END';
-- A limit above one row that is given by its key.
DO 'DECLARE c int; key int := 7; BEGIN SELECT k INTO c FROM t WHERE id = key AND v IS NOT NULL LIMIT 1 FOR UPDATE; RAISE NOTICE ''%'', c; SELECT k INTO c FROM t AS x WHERE x.id = 8 LIMIT 1 FOR UPDATE OF x; RAISE NOTICE ''%'', c; END';
DO 'DECLARE c int; BEGIN FOR c IN SELECT id FROM t WHERE k < 3 ORDER BY id FOR UPDATE LOOP RAISE NOTICE ''%'', c; END LOOP; END';
DO 'DECLARE c int; BEGIN SELECT id INTO c FROM simple WHERE id < 3 ORDER BY id LIMIT 1; RAISE NOTICE ''%'', c; PERFORM FROM simple WHERE id < 3 FOR UPDATE; END';
DO 'BEGIN INSERT INTO t VALUES (50, 50); INSERT INTO t VALUES (50, 51) ON CONFLICT (id) DO UPDATE SET k = excluded.k; INSERT INTO t VALUES (50, 0) ON CONFLICT DO NOTHING; END';
SELECT * FROM t WHERE id = 50;
-- Samples.
-- differs: [0A000] foreign tables are not sampled
DO 'DECLARE c int; BEGIN SELECT count(*) INTO c FROM t TABLESAMPLE BERNOULLI (100); END';
-- differs: [0A000] the same
DO 'DECLARE c int; BEGIN c := (SELECT count(*) FROM r TABLESAMPLE SYSTEM (100)); END';
-- differs: [0A000] the same
DO 'DECLARE c int; BEGIN c := count(*) FROM parted AS x TABLESAMPLE BERNOULLI (100); END';
-- differs: [0A000] the same
DO 'BEGIN IF EXISTS (SELECT FROM parted_1 TABLESAMPLE BERNOULLI (100)) THEN NULL; END IF; END';
-- differs: [0A000] the same
DO 'DECLARE c int; BEGIN FOR c IN SELECT id FROM t TABLESAMPLE BERNOULLI (100) LOOP EXIT; END LOOP; END';
-- differs: [0A000] the same
DO 'DECLARE c int; BEGIN EXECUTE ''SELECT count(*) FROM t TABLESAMPLE BERNOULLI ($1)'' INTO c USING 100; END';
-- differs: [0A000] the same, of a view
DO 'DECLARE c int; BEGIN SELECT count(*) INTO c FROM over_sampled; END';
-- differs: [0A000] the same
DO 'BEGIN CREATE TEMPORARY TABLE kept AS SELECT * FROM t TABLESAMPLE BERNOULLI (100); END';
CREATE FUNCTION sample() RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT id FROM t TABLESAMPLE BERNOULLI (100)';
-- simple only
-- differs: [0A000] the same, of a function that becomes a part of the statement
SELECT count(*) FROM sample();
-- simple only
-- differs: [0A000] the same
SELECT count(*) FROM r JOIN /* a comment */ sample() ON sample = r.id;
-- simple only
-- differs: [0A000] the same
SELECT sample_of_body();
CREATE FUNCTION sample_later() RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT 1; RETURN QUERY SELECT id FROM t TABLESAMPLE BERNOULLI (100); END';
-- simple only
-- differs: [0A000] the same
SELECT * FROM sample_later();
-- differs: [0A000] the same, of cursors
DO 'DECLARE c CURSOR FOR SELECT id FROM t TABLESAMPLE BERNOULLI (100); x int; BEGIN OPEN c; FETCH c INTO x; END';
-- differs: [0A000] the same
DO 'DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE ''SELECT id FROM t -- a "quoted" comment"
 TABLESAMPLE BERNOULLI (100)''; END';
-- differs: [0A000] the same
DO 'BEGIN EXECUTE ''DECLARE d CURSOR FOR SELECT id FROM t TABLESAMPLE BERNOULLI (100)''; END';
CREATE FUNCTION of_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.k := (SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100)); RETURN NEW; END';
CREATE TRIGGER of_trigger BEFORE INSERT ON loc FOR EACH ROW WHEN (NEW.id > 1000) EXECUTE FUNCTION of_trigger();
BEGIN;
-- differs: [0A000] the same, in a trigger of a local table
INSERT INTO loc VALUES (1001);
ROLLBACK;
-- Caught, and gone on with; the name may be another table's.
DO 'DECLARE c int; BEGIN BEGIN SELECT count(*) INTO c FROM t TABLESAMPLE BERNOULLI (100); EXCEPTION WHEN feature_not_supported THEN NULL; END; SELECT count(*) INTO c FROM t; RAISE NOTICE ''%'', c; END';
BEGIN;
CREATE TEMPORARY TABLE t (id int) ON COMMIT DROP;
DO 'DECLARE c int; BEGIN SELECT count(*) INTO c FROM t TABLESAMPLE BERNOULLI (100), r; RAISE NOTICE ''%'', c; END';
COMMIT;
-- ONLY.
-- differs: [0A000] the rows are below the table
DO 'DECLARE c int; BEGIN SELECT count(*) INTO c FROM ONLY t; END';
-- differs: [0A000] the same
DO 'BEGIN UPDATE ONLY t SET k = 0; END';
-- differs: [0A000] the same
DO 'BEGIN DELETE FROM ONLY r; END';
DO 'DECLARE c int; BEGIN SELECT count(*) INTO c FROM ONLY parted; RAISE NOTICE ''%'', c; SELECT count(*) INTO c FROM ONLY parted_1; RAISE NOTICE ''%'', c; END';
-- Row locks.
-- differs: [0A000] foreign tables wait
DO 'DECLARE c int; BEGIN SELECT id INTO c FROM t WHERE k > 3 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED; END';
-- differs: [0A000] the same
DO 'BEGIN PERFORM FROM t WHERE id = 1 FOR NO KEY UPDATE NOWAIT; END';
-- differs: [0A000] the same
DO 'BEGIN PERFORM FROM r FOR SHARE SKIP LOCKED; END';
-- differs: [0A000] the same
DO 'BEGIN PERFORM FROM parted_1 FOR UPDATE NOWAIT; END';
-- differs: [0A000] the same
DO 'BEGIN PERFORM FROM locked; END';
-- differs: [0A000] the same
DO 'BEGIN PERFORM FROM simple FOR KEY SHARE SKIP LOCKED; END';
-- differs: [0A000] the same
DO 'BEGIN WITH job AS (SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) UPDATE t SET k = 0 FROM job WHERE t.id = job.id; END';
CREATE FUNCTION next_job() RETURNS int LANGUAGE sql AS 'SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED';
-- simple only
-- differs: [0A000] the same
SELECT next_job();
-- differs: [0A000] all rows would be locked
DO 'BEGIN PERFORM FROM t WHERE k > 3 ORDER BY id LIMIT 1 FOR UPDATE; END';
-- differs: [0A000] the same
DO 'BEGIN PERFORM FROM t WHERE id = k LIMIT 1 FOR UPDATE; END';
-- differs: [0A000] the same
DO 'BEGIN PERFORM FROM t JOIN loc USING (id) FETCH FIRST 2 ROWS ONLY FOR UPDATE OF t; END';
-- differs: [0A000] the same
DO 'BEGIN PERFORM FROM (SELECT * FROM t LIMIT 2) AS x FOR SHARE; END';
-- Nothing of it shows.
CREATE TABLE copied (LIKE t INCLUDING ALL);
-- ignore: origins
SELECT stxname FROM pg_statistic_ext WHERE stxrelid IN ('t'::regclass, 'copied'::regclass, 'parted_1'::regclass);
CREATE STATISTICS of_users ON k, v FROM t;
-- ignore: origins
SELECT stxname, pg_get_statisticsobjdef(oid) LIKE '%ON k, v FROM%' FROM pg_statistic_ext WHERE stxrelid = 't'::regclass;
-- ignore: origins
SELECT classid::regclass, deptype FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = 'copied'::regclass AND classid = 'pg_statistic_ext'::regclass;
CREATE TABLE copied_too (LIKE t INCLUDING STATISTICS);
-- ignore: origins
SELECT stxname FROM pg_statistic_ext WHERE stxrelid = 'copied_too'::regclass;
ANALYZE t;
-- Back to one server, where all of it works.
-- ignore: notices
-- cluster: SELECT undistribute_table('t')
DO 'DECLARE c int; BEGIN SELECT count(*) INTO c FROM over_sampled; RAISE NOTICE ''%'', c; SELECT id INTO c FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED; RAISE NOTICE ''%'', c; SELECT count(*) INTO c FROM ONLY t; RAISE NOTICE ''%'', c; END';
