-- COPY FROM with a condition: the shards look at it, or the coordinator where only it can.
CREATE TABLE t (id int PRIMARY KEY, age int NOT NULL, note text CHECK (note <> 'bad'), twice int GENERATED ALWAYS AS (age * 2) STORED, made date DEFAULT '2024-01-01');
CREATE TABLE s (k text, v int DEFAULT 9, id serial);
CREATE TABLE r (id int, code text);
CREATE TABLE chosen (id int);
CREATE FUNCTION is_even(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 0';
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('s', 'k')
-- cluster: SELECT create_reference_table('r')
COPY t (id, age, note) FROM STDIN WHERE id % 2 = 0 AND t.age > 3;
1	9	odd
2	4	two
4	3	young
6	5	\N
\.
SELECT * FROM t ORDER BY id;
-- What the condition leaves out need not fit the constraints.
COPY t (id, age, note) FROM STDIN (FORMAT csv) WHERE age > 3;
11,2,bad
,1,no key
12,,no age
13,4,good
2,1,there already
\.
COPY t (id, age, note) FROM STDIN (FORMAT csv) WHERE age > 3;
21,2,a
22,4,bad
\.
COPY t (id, age, note) FROM STDIN (FORMAT csv) WHERE age > 3;
21,2,a
,7,c
\.
COPY t (id, age, note) FROM STDIN (FORMAT csv) WHERE age > 3;
21,2,a
22,x,c
\.
COPY t (id, age, note) FROM STDIN (FORMAT csv) WHERE age / (age - 5) > 0;
21,2,a
22,5,b
\.
COPY t (age, note) FROM STDIN (FORMAT csv) WHERE note = 'none';
1,some
\.
COPY t (age, note) FROM STDIN (FORMAT csv) WHERE note = 'none';
1,none
\.
SELECT * FROM t ORDER BY id;
-- Values of the coordinator's, functions of users, and what PostgreSQL refuses.
COPY t (id, age) FROM STDIN WHERE made < now();
31	1
\.
COPY t (id, age) FROM STDIN WHERE is_even(id);
32	1
33	1
\.
COPY t (id, age) FROM STDIN WHERE EXISTS (SELECT FROM chosen);
34	1
\.
COPY t (id, age) FROM STDIN WHERE count(*) > 1;
34	1
\.
COPY t (id, age) FROM STDIN WHERE nope > 1;
34	1
\.
COPY t (id, age) FROM STDIN WHERE other.id > 1;
34	1
\.
COPY t (id, age) FROM STDIN WHERE age;
34	1
\.
COPY t (id, age) FROM STDIN WHERE t IS NOT NULL;
35	1
\.
COPY s (k) FROM STDIN WHERE k > 'a' AND v = 9;
a
b
c
\.
SELECT k, v, id > 0 FROM s ORDER BY k;
COPY r FROM STDIN WHERE code LIKE 'x%';
1	x1
2	y1
\.
SELECT * FROM r;
SELECT id, age, note FROM t ORDER BY id;
COPY t (id, age) TO STDOUT WHERE id > 1;
