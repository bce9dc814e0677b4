-- COPY in and out, in every format and with options.
CREATE TABLE t (id int PRIMARY KEY, name text, n numeric, ts timestamp, b bool, j jsonb, by bytea);
CREATE TABLE u (LIKE t INCLUDING ALL);
CREATE TABLE r (id int, code text);
CREATE TABLE s (k text, v int DEFAULT 9, id serial);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('u', 'id', colocate_with => 't')
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('s', 'k')
COPY t FROM STDIN;
1	one	1.5	2024-01-01 00:00:00	t	{"a": 1}	\\x00ff
2	\N	\N	\N	\N	\N	\N
3	tab\there	3	2024-01-03 12:34:56.789	f	[1, 2]	\\x
4	back\\slash and line\nbreak	4e2	infinity	true	"x"	\\xdeadbeef
5		0	2024-02-29	0	null	abc
\.
SELECT * FROM t ORDER BY id;
COPY t TO STDOUT;
COPY t (name, id) TO STDOUT;
COPY (SELECT id, name FROM t WHERE id < 4 ORDER BY id DESC) TO STDOUT;
COPY (SELECT count(*), sum(n) FROM t) TO STDOUT (FORMAT csv, HEADER);
COPY t TO STDOUT (FORMAT csv);
COPY t TO STDOUT WITH CSV HEADER;
COPY t TO STDOUT (FORMAT csv, DELIMITER ';', QUOTE '''', ESCAPE '\', NULL 'nil', FORCE_QUOTE (name));
COPY t TO STDOUT (DELIMITER '|', NULL '-');
COPY t TO STDOUT (FORMAT binary);
-- copies back
COPY u FROM STDIN (FORMAT binary);
SELECT count(*), sum(id) FROM u;
SELECT t.id FROM t JOIN u USING (id) WHERE t.name IS NOT DISTINCT FROM u.name AND t.by IS NOT DISTINCT FROM u.by AND t.ts IS NOT DISTINCT FROM u.ts;
TRUNCATE u;
COPY t TO STDOUT;
-- copies back
COPY u FROM STDIN;
SELECT count(*) FROM (SELECT * FROM t EXCEPT SELECT * FROM u) d;
TRUNCATE u;
COPY t TO STDOUT (FORMAT csv, HEADER);
-- copies back
COPY u FROM STDIN (FORMAT csv, HEADER);
SELECT count(*) FROM (SELECT * FROM t EXCEPT SELECT * FROM u) d;
TRUNCATE u;
COPY u (id, name) FROM STDIN WITH (FORMAT csv);
10,"quoted, comma"
11,"a ""quote"""
12,
13,""
14,"two
lines"
\.
SELECT id, name, name IS NULL FROM u ORDER BY id;
COPY u (name, id) FROM STDIN (FORMAT csv, DELIMITER ';', NULL 'nil', QUOTE '''');
nil;20
'x;y';21
\.
SELECT id, name FROM u WHERE id >= 20 ORDER BY id;
COPY u (id, name) FROM STDIN (FORMAT csv, HEADER, FORCE_NOT_NULL (name));
id,name
30,
\.
SELECT id, name IS NULL FROM u WHERE id = 30;
COPY u (id, name) FROM STDIN (FORMAT csv, FORCE_NULL (name));
31,""
\.
SELECT id, name IS NULL FROM u WHERE id = 31;
COPY u (id, name) FROM STDIN WHERE id % 2 = 0;
40	forty
41	odd
42	\N
\.
SELECT id FROM u WHERE id >= 40;
COPY s (k) FROM STDIN;
a
b
c
\.
SELECT k, v, id > 0 FROM s;
SELECT count(DISTINCT id) FROM s;
COPY s (k, v) FROM STDIN (DELIMITER ',');
x,1
y,\N
é,3
\.
SELECT k, v FROM s WHERE k IN ('x', 'y', 'é');
COPY r FROM STDIN;
1	a
2	b
\.
COPY r TO STDOUT;
COPY t FROM STDIN;
\.
COPY u (id, name) FROM STDIN;
50	ok
51
\.
COPY u (id, name) FROM STDIN;
52	too	many
\.
COPY u (id, name) FROM STDIN;
x	bad number
\.
COPY u (id, n) FROM STDIN;
53	1.5
54	bad
\.
COPY u (id) FROM STDIN;
\N
\.
COPY u (id, name) FROM STDIN;
60	sixty
60	again
\.
SELECT count(*) FROM u WHERE id >= 50;
COPY u FROM STDIN (FORMAT nope);
\.
COPY u (nope) FROM STDIN;
\.
COPY nope FROM STDIN;
\.
COPY u (id, id) FROM STDIN;
\.
COPY nope TO STDOUT;
COPY (SELECT nope FROM t) TO STDOUT;
COPY t (nope) TO STDOUT;
COPY (DELETE FROM u WHERE id = 10 RETURNING id, name) TO STDOUT;
COPY (VALUES (1, 'a'), (2, 'b')) TO STDOUT;
COPY u (id, name) FROM STDIN (FORMAT csv, ENCODING 'latin1');
70,caf
\.
COPY u (id) FROM STDIN (FREEZE);
71
\.
BEGIN;
COPY u (id) FROM STDIN;
80
81
\.
INSERT INTO u (id) VALUES (82);
COPY u (id) FROM STDIN;
82
\.
COPY u (id) TO STDOUT;
ROLLBACK;
SELECT count(*) FROM u WHERE id >= 80;
COPY t TO STDOUT (FORMAT csv, FORCE_QUOTE *);
SELECT count(*) FROM t;
-- Options and columns are checked before any row.
COPY u (id) FROM STDIN (FORMAT csv, FORMAT text);
\.
COPY u (id) FROM STDIN (FORMAT text, QUOTE '#');
\.
COPY u (id) FROM STDIN (FORMAT csv, FORCE_NULL (nope));
\.
COPY u (id) FROM STDIN (ENCODING 'nope');
\.
