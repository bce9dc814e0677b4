-- Range-distributed tables: rows lie where the bounds of the shards say, and the rows of an answer do not depend on it.
CREATE TABLE measures (k int, v text, UNIQUE (k, v));
CREATE TABLE labels (k int, label text);
CREATE TABLE words (w text COLLATE "C", n int);
CREATE TABLE overlapping (d date, n int);
-- cluster: SELECT create_distributed_table('measures', 'k', 'range')
-- cluster: SELECT master_create_empty_shard('measures'), master_create_empty_shard('measures'), master_create_empty_shard('measures')
-- cluster: UPDATE pg_dist_shard s SET shardminvalue = (i - 1) * 100, shardmaxvalue = i * 100 - 1 FROM (SELECT shardid, row_number() OVER (ORDER BY shardid) AS i FROM pg_dist_shard WHERE logicalrelid = 'measures'::regclass) n WHERE n.shardid = s.shardid
-- cluster: SELECT create_distributed_table('labels', 'k', 'range', colocate_with => 'measures')
-- cluster: SELECT create_distributed_table('words', 'w', 'range')
-- cluster: SELECT master_create_empty_shard('words'), master_create_empty_shard('words')
-- cluster: UPDATE pg_dist_shard SET shardminvalue = 'A', shardmaxvalue = 'Zz' WHERE shardid = (SELECT min(shardid) FROM pg_dist_shard WHERE logicalrelid = 'words'::regclass)
-- cluster: UPDATE pg_dist_shard SET shardminvalue = 'a', shardmaxvalue = 'zz' WHERE shardid = (SELECT max(shardid) FROM pg_dist_shard WHERE logicalrelid = 'words'::regclass)

INSERT INTO measures SELECT i, 'v' || i FROM generate_series(0, 299, 7) i;
INSERT INTO measures VALUES (50, 'x'), (150, 'y'), (250, 'z') RETURNING k, v;
INSERT INTO labels SELECT i, 'l' || i % 3 FROM generate_series(0, 299, 5) i;
COPY labels FROM STDIN;
7	seven
107	more
\.
INSERT INTO words VALUES ('Zebra', 1), ('apple', 2), ('zebra', 3), ('Apple', 4);
COPY words FROM STDIN WITH (FORMAT csv);
mouse,5
"Mouse",6
\.

SELECT * FROM measures WHERE k = 7;
SELECT count(*) FROM measures WHERE k < 100;
SELECT k FROM measures WHERE k BETWEEN 95 AND 110 ORDER BY k, v;
SELECT k FROM measures WHERE k IN (0, 150, 250, 999) ORDER BY k;
SELECT k FROM measures WHERE k > 280 OR k <= 7 ORDER BY k;
SELECT k FROM measures WHERE 14 >= k AND k > 0 ORDER BY k;
SELECT k FROM measures WHERE (k >= 100 AND k < 110) OR (k >= 200 AND k < 210) ORDER BY k;
SELECT count(*) FROM measures WHERE k > 1000;
SELECT count(*) FROM measures WHERE k < 5000000000;
SELECT count(*) FROM measures WHERE k > 150.5;
-- params: 90 | 120
-- params: 120 | 90
-- params: \N | 90
-- extended only
SELECT count(*) FROM measures WHERE k >= $1 AND k < $2;
SELECT m.k, m.v, l.label FROM measures m JOIN labels l USING (k) WHERE m.k < 120 ORDER BY 1, 2, 3;
SELECT count(*) FROM measures m LEFT JOIN labels l ON l.k = m.k;
SELECT l.label, count(*), sum(m.k) FROM measures m JOIN labels l USING (k) GROUP BY l.label ORDER BY 1;
SELECT k, count(*) FROM measures GROUP BY k HAVING count(*) > 1 ORDER BY k;
SELECT k FROM measures WHERE k IN (SELECT k FROM labels WHERE label = 'more');
INSERT INTO labels SELECT k, v FROM measures WHERE k < 30;
SELECT * FROM labels WHERE label LIKE 'v%' ORDER BY k;
UPDATE measures SET v = 'changed' WHERE k = 150 RETURNING *;
UPDATE measures SET v = v || '!' WHERE k >= 290;
DELETE FROM measures WHERE k BETWEEN 100 AND 140;
SELECT count(*), max(v) FROM measures;
INSERT INTO measures VALUES (50, 'x');
INSERT INTO measures VALUES (50, 'x') ON CONFLICT DO NOTHING;
DO $$ BEGIN INSERT INTO measures VALUES (60, 'do'); UPDATE measures SET v = 'done' WHERE k = 60; DELETE FROM labels WHERE k >= 200; END $$;
SELECT * FROM measures WHERE k = 60;
SELECT count(*) FROM labels;

SELECT w FROM words WHERE w > 'a' ORDER BY w;
SELECT w FROM words WHERE w < 'a' ORDER BY w;
SELECT n FROM words WHERE w = 'Apple' OR w = 'zebra' ORDER BY n;
SELECT n FROM words WHERE lower(w) = 'mouse' ORDER BY n;

-- What was loaded while ranges did not overlap is read from all shards that may hold it when they do.
-- cluster: SELECT create_distributed_table('overlapping', 'd', 'range')
-- cluster: SELECT master_create_empty_shard('overlapping')
-- cluster: UPDATE pg_dist_shard SET shardminvalue = '2024-01-01', shardmaxvalue = '2024-01-31' WHERE logicalrelid = 'overlapping'::regclass
INSERT INTO overlapping SELECT date '2024-01-01' + i, i FROM generate_series(0, 30) i;
-- cluster: SELECT master_create_empty_shard('overlapping')
-- cluster: UPDATE pg_dist_shard SET shardminvalue = '2024-02-01', shardmaxvalue = '2024-02-29' WHERE shardid = (SELECT max(shardid) FROM pg_dist_shard WHERE logicalrelid = 'overlapping'::regclass)
INSERT INTO overlapping SELECT date '2024-02-01' + i, i FROM generate_series(0, 28) i;
-- cluster: UPDATE pg_dist_shard SET shardminvalue = '2024-01-01', shardmaxvalue = '2024-02-29' WHERE logicalrelid = 'overlapping'::regclass
SELECT count(*), sum(n) FROM overlapping WHERE d BETWEEN '2024-01-20' AND '2024-02-10';
SELECT n, count(*) FROM overlapping GROUP BY n HAVING count(*) = 1;
UPDATE overlapping SET n = 1000 WHERE d = '2024-01-15';
SELECT max(n) FROM overlapping;
SELECT count(*) FROM overlapping a JOIN overlapping b USING (n);
TRUNCATE overlapping;
SELECT count(*) FROM overlapping;
DROP TABLE measures, labels, words, overlapping;
