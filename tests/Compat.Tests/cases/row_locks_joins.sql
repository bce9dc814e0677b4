-- Row locks in joins that do not run on the shards as they are: with reference tables, local tables and off the distribution column.
CREATE TABLE q (id bigint PRIMARY KEY, state text DEFAULT 'new', p int);
CREATE TABLE w (id int, n text, v int, PRIMARY KEY (id, n));
CREATE TABLE r (id int PRIMARY KEY, v int);
CREATE TABLE two (a int, b text, v int, PRIMARY KEY (a, b));
CREATE TABLE l (id int PRIMARY KEY, v int);
CREATE TABLE keyless (id int, v int);
CREATE TABLE empty (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('q', 'id')
-- cluster: SELECT create_distributed_table('w', 'id', colocate_with => 'none')
-- cluster: SELECT create_distributed_table('empty', 'id')
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_reference_table('two')
-- cluster: SELECT create_reference_table('keyless')
INSERT INTO q SELECT i, CASE WHEN i % 3 = 0 THEN 'old' ELSE 'new' END, i % 5 FROM generate_series(1, 40) i;
INSERT INTO q VALUES (50, NULL, NULL);
INSERT INTO w SELECT i, 'n"' || i % 3 || '\,', i * 2 FROM generate_series(1, 20) i;
INSERT INTO r VALUES (0, 0), (1, 1), (2, 2), (3, 3);
INSERT INTO two SELECT i, 'b ' || i, i FROM generate_series(0, 4) i;
INSERT INTO l SELECT i, i FROM generate_series(0, 9) i;
INSERT INTO keyless VALUES (1, 1), (2, 2), (2, 2);

-- with reference tables
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 3 FOR UPDATE SKIP LOCKED;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 3 FOR UPDATE NOWAIT;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id DESC LIMIT 3 OFFSET 2 FOR UPDATE;
SELECT q.id, r.v FROM q JOIN r ON q.p = r.id WHERE q.state = 'new' ORDER BY r.v, q.id DESC LIMIT 4 FOR SHARE;
SELECT q.id, r.* FROM q JOIN r ON q.p = r.id WHERE q.id < 9 ORDER BY 1 FOR UPDATE OF r SKIP LOCKED;
SELECT q.*, r.* FROM q LEFT JOIN r ON q.p = r.id ORDER BY q.id DESC LIMIT 3 FOR UPDATE OF q;
SELECT q.* FROM q LEFT JOIN r ON q.p = r.id ORDER BY q.id LIMIT 3 FOR UPDATE OF r;
SELECT q.* FROM q LEFT JOIN r ON q.p = r.id ORDER BY q.id LIMIT 3 FOR UPDATE;
SELECT r.v, two.b FROM r JOIN two ON two.a = r.id ORDER BY 1 LIMIT 2 FOR UPDATE SKIP LOCKED;
SELECT q.id, two.b FROM q JOIN two ON two.a = q.p ORDER BY q.id LIMIT 3 FOR NO KEY UPDATE SKIP LOCKED;
SELECT q.id, k.v FROM q JOIN keyless k ON k.id = q.p ORDER BY q.id LIMIT 2 FOR UPDATE OF q SKIP LOCKED;
SELECT q.id, r.v FROM q JOIN r ON q.p = r.id WHERE q.id = 7 FOR UPDATE;
SELECT q.id, r.v FROM q JOIN r ON q.p = r.id WHERE q.id = 7 FOR UPDATE SKIP LOCKED;
SELECT q.id, r.v FROM q JOIN r ON q.p = r.id WHERE q.id = 4711 FOR UPDATE NOWAIT;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id AND q.id > 1000 ORDER BY q.id LIMIT 3 FOR UPDATE SKIP LOCKED;
SELECT e.id, r.v FROM empty e, r WHERE e.v = r.id FOR UPDATE NOWAIT;
SELECT q.id, f FROM q, r, generate_series(1, 2) f WHERE q.p = r.id ORDER BY q.id, f LIMIT 3 FOR UPDATE SKIP LOCKED;
SELECT q.id AS a, q.id + r.v AS b FROM q, r WHERE q.p = r.id ORDER BY b DESC, a LIMIT 3 FOR KEY SHARE;
SELECT FROM q, r WHERE q.p = r.id LIMIT 2 FOR UPDATE SKIP LOCKED;

-- off the distribution column
SELECT q.id, w.n FROM q JOIN w ON w.v = q.id ORDER BY q.id LIMIT 3 FOR UPDATE OF q NOWAIT;
SELECT q.id, w.n FROM q JOIN w ON w.v = q.id ORDER BY q.id LIMIT 3 FOR UPDATE SKIP LOCKED;
SELECT q.id, w.* FROM q JOIN w ON w.v = q.id ORDER BY q.id DESC FOR UPDATE;
SELECT a.id, b.id FROM q a JOIN q b ON b.id = a.p ORDER BY a.id LIMIT 5 FOR UPDATE;
SELECT a.id, b.id FROM q a JOIN q b ON b.id = a.p ORDER BY a.id LIMIT 5 FOR UPDATE OF a FOR SHARE OF b SKIP LOCKED;
SELECT q.id FROM q WHERE q.id IN (SELECT v FROM w WHERE id < 5) ORDER BY 1 FOR UPDATE SKIP LOCKED;
SELECT q.id FROM q WHERE EXISTS (SELECT FROM w WHERE w.v = q.id) ORDER BY 1 LIMIT 2 FOR UPDATE NOWAIT;
SELECT q.id, (SELECT max(v) FROM w) AS most FROM q WHERE p > (SELECT avg(p) FROM q) ORDER BY 1 LIMIT 2 FOR UPDATE SKIP LOCKED;
SELECT q.id, s.c FROM q JOIN (SELECT v, count(*) AS c FROM w GROUP BY v) s ON s.v = q.id ORDER BY 1 LIMIT 2 FOR UPDATE OF q SKIP LOCKED;
WITH x AS (SELECT v FROM w WHERE id < 9) SELECT q.id FROM q JOIN x ON x.v = q.id ORDER BY 1 LIMIT 2 FOR UPDATE SKIP LOCKED;
WITH x AS (SELECT v FROM w WHERE id < 9) SELECT q.id FROM q JOIN x ON x.v = q.id ORDER BY 1 LIMIT 2 FOR UPDATE OF x;

-- with tables of the coordinator
SELECT q.id, l.v FROM q JOIN l ON l.id = q.p ORDER BY q.id LIMIT 3 FOR UPDATE SKIP LOCKED;
SELECT q.id, l.v FROM q JOIN l ON l.id = q.p ORDER BY q.id LIMIT 3 FOR UPDATE OF l NOWAIT;
SELECT l.id, r.v FROM l JOIN r ON l.id = r.id ORDER BY 1 LIMIT 2 FOR UPDATE SKIP LOCKED;

-- counts and errors
SELECT q.id FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT -1 FOR UPDATE SKIP LOCKED;
SELECT q.id FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 2 OFFSET -1 FOR UPDATE SKIP LOCKED;
SELECT q.id FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 0 FOR UPDATE SKIP LOCKED;
SELECT q.id FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 1 + 1 FOR UPDATE SKIP LOCKED;
SELECT q.id FROM q, r WHERE q.p = r.id AND 1 / (q.p - q.p) < 5 ORDER BY q.id LIMIT 2 FOR UPDATE SKIP LOCKED;
-- params: 2 | 1
-- params: \N | 36
-- params: 3 | 0
SELECT q.id, r.v FROM q, r WHERE q.p = r.id AND q.id > $2 ORDER BY q.id LIMIT $1 FOR UPDATE SKIP LOCKED;
-- params: 2 | 1
-- params: \N | \N
SELECT q.id FROM q, r WHERE q.p = r.id AND q.id < 9 ORDER BY q.id LIMIT $1 OFFSET $2 FOR UPDATE;
PREPARE p (int) AS SELECT q.id, r.v FROM q, r WHERE q.p = r.id AND q.id > $1 ORDER BY q.id LIMIT 2 FOR UPDATE SKIP LOCKED;
EXECUTE p(3);
EXECUTE p(30);
-- differs: [0A000] inside of functions all rows would be locked
DO $$ DECLARE x record; BEGIN FOR x IN SELECT q.id FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 2 FOR UPDATE LOOP NULL; END LOOP; END $$;

-- two sessions
BEGIN;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 1 FOR UPDATE;
-- session: other
BEGIN;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 4 FOR UPDATE SKIP LOCKED;
SELECT id FROM r ORDER BY id FOR UPDATE SKIP LOCKED;
SELECT id FROM q ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id AND q.id = 6 FOR UPDATE SKIP LOCKED;
SAVEPOINT s;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id AND q.id = 6 FOR UPDATE NOWAIT;
ROLLBACK TO s;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 4 FOR UPDATE NOWAIT;
ROLLBACK TO s;
SELECT q.id, w.n FROM q JOIN w ON w.v = q.id ORDER BY q.id LIMIT 2 FOR UPDATE OF q NOWAIT;
-- session: main
SELECT q.id, w.n FROM q JOIN w ON w.v = q.id ORDER BY q.id LIMIT 2 FOR UPDATE OF q SKIP LOCKED;
SAVEPOINT s;
SELECT q.id, w.n FROM q JOIN w ON w.v = q.id ORDER BY q.id LIMIT 2 FOR UPDATE OF q NOWAIT;
ROLLBACK TO s;
SELECT q.id, w.n FROM q JOIN w ON w.v = q.id ORDER BY q.id LIMIT 2 FOR SHARE OF w NOWAIT;
COMMIT;
-- session: other
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 2 FOR UPDATE NOWAIT;
COMMIT;

-- subqueries that lock
-- session: main
UPDATE q SET state = 'run' WHERE id IN (SELECT q.id FROM q JOIN r ON r.id = q.p WHERE q.state = 'new' ORDER BY q.id LIMIT 2 FOR UPDATE OF q SKIP LOCKED) RETURNING id, state;
WITH x AS (SELECT q.id, q.p, r.v FROM q JOIN r ON r.id = q.p WHERE q.state = 'new' ORDER BY q.id LIMIT 2 FOR UPDATE SKIP LOCKED) UPDATE q SET state = 'run' FROM x WHERE q.id = x.id RETURNING q.id, q.state, x.v;
DELETE FROM q WHERE id = (SELECT q.id FROM q JOIN w ON w.v = q.id WHERE q.state = 'new' ORDER BY q.id LIMIT 1 FOR UPDATE NOWAIT) RETURNING *;
SELECT s.id, s.v FROM (SELECT q.id, r.v FROM q JOIN r ON r.id = q.p ORDER BY q.id LIMIT 3 FOR UPDATE SKIP LOCKED) s WHERE s.v > 0 ORDER BY 1;
INSERT INTO w SELECT q.id + 100, 'x', q.p FROM q JOIN r ON r.id = q.p ORDER BY q.id LIMIT 2 FOR UPDATE RETURNING *;
DELETE FROM q WHERE id IN (SELECT b.id FROM q b JOIN r ON r.id = q.p WHERE b.state = 'new' ORDER BY b.id LIMIT 1 FOR UPDATE OF b) AND id < 9 RETURNING id;
BEGIN READ ONLY;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 2 FOR UPDATE;
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 2 FOR UPDATE;
UPDATE r SET v = v + 1 WHERE id = 1;
SELECT q.id, r.v FROM q, r WHERE q.p = r.id ORDER BY q.id LIMIT 2 FOR UPDATE;
ROLLBACK;
