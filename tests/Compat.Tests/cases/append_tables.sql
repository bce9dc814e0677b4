-- Append-distributed tables hold what COPY has put into their shards, and answer as a plain table does.
CREATE TABLE events (at timestamp, kind text, n int, extra jsonb DEFAULT '{}');
-- cluster: SELECT create_distributed_table('events', 'at', 'append')
SELECT * FROM events;
SELECT count(*), max(at) FROM events;
UPDATE events SET n = 1 WHERE kind = 'a' RETURNING n;
DELETE FROM events;
COPY events TO STDOUT;
-- cluster: SET citus.shard_max_size TO '256kB'

COPY events (at, kind, n) FROM STDIN;
2024-01-01 00:00:00	a	1
2024-01-01 00:10:00	b	2
2024-01-01 00:20:00	a	3
\N	c	4
\.
COPY events (at, kind, n) FROM STDIN WITH (FORMAT csv, HEADER);
at,kind,n
2024-01-02 00:00:00,a,10
2024-01-02 00:10:00,"b, c",20
\.
COPY events FROM STDIN;
2024-01-03 00:00:00	z	100	{"x": 1}
2024-01-01 00:05:00	late	5	{}
\.

SELECT * FROM events ORDER BY n;
SELECT kind, count(*), sum(n) FROM events GROUP BY kind ORDER BY kind COLLATE "C";
SELECT count(DISTINCT kind), min(at), max(at) FROM events;
SELECT n FROM events WHERE at < '2024-01-01 00:06:00' ORDER BY n;
SELECT n FROM events WHERE at BETWEEN '2024-01-01 12:00' AND '2024-01-02 00:00' ORDER BY n;
SELECT n FROM events WHERE at IN ('2024-01-03', '2024-01-01') ORDER BY n;
SELECT n FROM events WHERE at = '2024-01-02 00:10:00' OR at >= '2024-01-03' ORDER BY n;
SELECT n FROM events WHERE at IS NULL;
SELECT n FROM events WHERE NOT at > '2024-01-01 00:10' ORDER BY n;
-- params: 2024-01-01 | 2024-01-02
-- params: 2024-01-02 | \N
-- extended only
SELECT n FROM events WHERE at >= $1 AND at < $2 ORDER BY n;
-- params: {"2024-01-01 00:00:00","2024-01-03 00:00:00"}
-- extended only
SELECT n FROM events WHERE at = ANY ($1::timestamp[]) ORDER BY n;
SELECT a.n, b.n FROM events a JOIN events b USING (at) ORDER BY 1, 2;
SELECT n FROM events WHERE n > (SELECT avg(n) FROM events) ORDER BY n;
SELECT kind, n, rank() OVER (PARTITION BY kind ORDER BY n) FROM events ORDER BY kind COLLATE "C", n;
WITH late AS (DELETE FROM events WHERE at >= '2024-01-03' RETURNING n) SELECT * FROM late;
UPDATE events SET kind = 'A' WHERE at = '2024-01-01 00:20:00';
UPDATE events SET n = n + 1 WHERE kind = 'b' AND at < '2024-01-02' RETURNING n;
DELETE FROM events WHERE at < '2024-01-01 00:10:00' RETURNING n;
SELECT * FROM events ORDER BY n;

-- Nothing of a COPY that fails is left.
COPY events (at, kind, n) FROM STDIN;
2025-01-01 00:00:00	x	1
not a time	y	2
\.
COPY events (at, kind, n) FROM STDIN;
2025-01-01 00:00:00	x	1	2
\.
SELECT count(*) FROM events;

BEGIN;
COPY events (at, kind, n) FROM STDIN;
2026-01-01 00:00:00	tx	1000
\.
SELECT n FROM events WHERE at >= '2026-01-01';
SAVEPOINT s;
COPY events (at, kind, n) FROM STDIN;
2026-01-02 00:00:00	tx	2000
\.
SELECT count(*) FROM events WHERE kind = 'tx';
ROLLBACK TO s;
SELECT count(*) FROM events WHERE kind = 'tx';
ROLLBACK;
SELECT count(*) FROM events;

ALTER TABLE events ADD COLUMN more int DEFAULT 7;
CREATE INDEX ON events (n);
COPY events (at, kind, n, more) FROM STDIN;
2027-01-01 00:00:00	new	1	8
\.
SELECT n, more FROM events ORDER BY n;
DO $$ BEGIN UPDATE events SET more = 9 WHERE kind = 'new'; DELETE FROM events WHERE kind = 'A'; END $$;
SELECT kind, more FROM events ORDER BY kind COLLATE "C";
COPY (SELECT n, more FROM events ORDER BY n) TO STDOUT WITH (FORMAT csv);
TRUNCATE events;
SELECT * FROM events;
COPY events (at, kind, n) FROM STDIN;
2028-01-01 00:00:00	again	1
\.
SELECT kind, more FROM events;
DROP TABLE events;
