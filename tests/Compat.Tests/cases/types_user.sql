-- Enums, domains, composites, arrays of them, ranges.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN email AS text CONSTRAINT email_shape CHECK (VALUE LIKE '%@%') NOT NULL;
CREATE TYPE pair AS (a int, b text);
CREATE TYPE nested AS (p pair, list int[]);
CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'ok', p positive, e email DEFAULT 'x@y', c pair, ms mood[], n nested, r int4range, tr tstzrange, mr int4multirange);
CREATE TABLE em (m mood, v int);
CREATE TABLE dm (p positive, v int);
CREATE TABLE cm (c pair, v int);
CREATE TABLE rm (r int4range, v int);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('em', 'm')
-- cluster: SELECT create_distributed_table('dm', 'p')
-- cluster: SELECT create_distributed_table('cm', 'c')
-- cluster: SELECT create_distributed_table('rm', 'r')
INSERT INTO t VALUES (1, 'happy', 5, 'a@b', ROW(1, 'x'), '{sad,ok}', ROW(ROW(2, 'y'), '{1,2}'), '[1,5)', '[2024-01-01 00:00+00,2024-02-01 00:00+00)', '{[1,2),[5,9)}');
INSERT INTO t (id, m, c) VALUES (2, 'sad', '(7,"seven, quoted")'), (3, DEFAULT, NULL);
INSERT INTO t (id, ms, r) VALUES (4, ARRAY['ok', 'happy']::mood[], int4range(3, 9, '[]'));
SELECT * FROM t ORDER BY id;
SELECT id FROM t WHERE m = 'happy';
SELECT id FROM t WHERE m > 'sad' ORDER BY m, id;
SELECT m, count(*) FROM t GROUP BY m ORDER BY m DESC;
SELECT max(m), min(m) FROM t;
SELECT DISTINCT m FROM t ORDER BY m;
SELECT enum_range(NULL::mood), enum_first(m) FROM t WHERE id = 1;
SELECT (c).a, (c).b, (n).p, ((n).p).b, (n).list[2] FROM t WHERE id = 1;
SELECT id FROM t WHERE (c).a = 7;
SELECT id FROM t WHERE c = ROW(1, 'x')::pair;
SELECT id FROM t WHERE 'ok' = ANY (ms);
SELECT id, lower(r), upper(r), r @> 4, isempty(r) FROM t WHERE r IS NOT NULL;
SELECT id FROM t WHERE r && int4range(8, 20);
SELECT range_agg(r) FROM t;
SELECT mr, unnest(mr) FROM t WHERE id = 1;
UPDATE t SET c.a = 99, m = 'sad' WHERE id = 1 RETURNING c, m;
UPDATE t SET c = (5, 'five') WHERE id = 3 RETURNING (c).*;
UPDATE t SET ms = ms || 'sad'::mood WHERE ms IS NOT NULL RETURNING ms;
INSERT INTO t (id, m) VALUES (10, 'angry');
INSERT INTO t (id, p) VALUES (10, -1);
INSERT INTO t (id, e) VALUES (10, 'no at sign');
INSERT INTO t (id, e) VALUES (10, NULL);
SELECT id FROM t WHERE m = 'angry';
SELECT '(1'::pair;
SELECT -5::positive;
SELECT (-5)::positive;
SELECT 'nope'::mood FROM t;
INSERT INTO em VALUES ('sad', 1), ('ok', 2), ('happy', 3), ('ok', 4);
SELECT v FROM em WHERE m = 'ok';
SELECT v FROM em WHERE m IN ('sad', 'happy');
SELECT m, sum(v) FROM em GROUP BY m;
-- params: ok
SELECT v FROM em WHERE m = $1;
INSERT INTO dm VALUES (1, 1), (2, 2);
SELECT v FROM dm WHERE p = 2;
INSERT INTO dm VALUES (-2, 2);
INSERT INTO cm VALUES ((1, 'a'), 1), ((2, 'b'), 2);
SELECT v FROM cm WHERE c = (2, 'b')::pair;
INSERT INTO rm VALUES ('[1,3)', 1), ('empty', 2), ('(,)', 3);
SELECT r, v FROM rm WHERE r = '[1,2]';
SELECT v FROM rm WHERE r = 'empty';
ALTER TYPE mood ADD VALUE 'angry' BEFORE 'sad';
INSERT INTO t (id, m) VALUES (20, 'angry') RETURNING m;
SELECT id FROM t ORDER BY m, id;
INSERT INTO em VALUES ('angry', 9);
SELECT v FROM em WHERE m = 'angry';
ALTER TYPE mood RENAME VALUE 'angry' TO 'mad';
SELECT m FROM t WHERE id = 20;
ALTER TYPE pair ADD ATTRIBUTE c int;
ALTER DOMAIN positive DROP CONSTRAINT positive_check;
ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100);
INSERT INTO t (id, p) VALUES (30, 1000);
CREATE TYPE empty_enum AS ENUM ();
DROP TYPE mood;
COPY em TO STDOUT;
COPY em FROM STDIN;
mad	11
happy	12
\.
SELECT sum(v) FROM em WHERE m = 'mad';
