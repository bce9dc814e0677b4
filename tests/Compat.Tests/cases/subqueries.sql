-- Subqueries, CTEs, set operations.
CREATE TABLE p (id int PRIMARY KEY, v int, g text);
CREATE TABLE c (pid int, id int, v int);
CREATE TABLE other (x int, y int);
CREATE TABLE r (id int PRIMARY KEY, label text);
-- cluster: SELECT create_distributed_table('p', 'id')
-- cluster: SELECT create_distributed_table('c', 'pid', colocate_with => 'p')
-- cluster: SELECT create_distributed_table('other', 'x', colocate_with => 'none')
-- cluster: SELECT create_reference_table('r')
INSERT INTO p SELECT i, i * 3 % 10, chr(97 + i % 3) FROM generate_series(1, 20) i;
INSERT INTO c SELECT 1 + i % 15, i, i % 7 FROM generate_series(1, 40) i;
INSERT INTO other SELECT i, i % 5 FROM generate_series(1, 25) i;
INSERT INTO r SELECT i, 'r' || i FROM generate_series(1, 6) i;
SELECT id FROM p WHERE id IN (SELECT pid FROM c WHERE v = 3);
SELECT id FROM p WHERE id NOT IN (SELECT pid FROM c);
SELECT id FROM p WHERE EXISTS (SELECT 1 FROM c WHERE c.pid = p.id AND c.v = 2);
SELECT id FROM p WHERE NOT EXISTS (SELECT 1 FROM c WHERE c.pid = p.id);
SELECT id, (SELECT count(*) FROM c WHERE c.pid = p.id) AS n FROM p;
SELECT id, (SELECT max(v) FROM c) AS m FROM p WHERE id < 4;
SELECT id FROM p WHERE v > (SELECT avg(v) FROM p);
SELECT id FROM p WHERE v = (SELECT min(c.v) FROM c WHERE c.pid = p.id);
SELECT id FROM p WHERE v IN (SELECT y FROM other WHERE x < 10);
SELECT id FROM p WHERE EXISTS (SELECT 1 FROM other WHERE other.y = p.v);
SELECT id FROM p WHERE id = ANY (SELECT id FROM r);
SELECT id FROM p WHERE v > ALL (SELECT y FROM other);
SELECT id FROM p WHERE (id, v) IN (SELECT x, y FROM other);
SELECT ARRAY(SELECT id FROM c WHERE c.pid = p.id ORDER BY id) FROM p WHERE id < 5;
SELECT (SELECT label FROM r WHERE r.id = p.id) FROM p WHERE id < 9;
SELECT (SELECT id FROM c WHERE pid = 3);
SELECT (SELECT v FROM p WHERE id = 5) + 1;
SELECT * FROM (SELECT id, v FROM p WHERE v > 4) s WHERE s.id < 10;
SELECT s.g, count(*) FROM (SELECT g, v FROM p ORDER BY v, id LIMIT 10) s GROUP BY s.g;
SELECT * FROM (SELECT g, sum(v) AS s FROM p GROUP BY g) q WHERE q.s > 25 ORDER BY g;
SELECT * FROM (SELECT DISTINCT g FROM p) q ORDER BY 1;
WITH q AS (SELECT id, v FROM p WHERE v > 5) SELECT * FROM q;
WITH q AS (SELECT id, v FROM p WHERE id = 5) SELECT * FROM q WHERE id = 5;
WITH q AS (SELECT pid, count(*) AS n FROM c GROUP BY pid) SELECT p.id, q.n FROM p JOIN q ON q.pid = p.id;
WITH q AS MATERIALIZED (SELECT y FROM other) SELECT p.id FROM p WHERE v IN (SELECT y FROM q);
WITH a AS (SELECT id FROM p WHERE v < 5), b AS (SELECT id FROM a WHERE id > 3) SELECT count(*), min(id) FROM b;
WITH a (x, n) AS (SELECT g, count(*) FROM p GROUP BY g) SELECT x, n FROM a ORDER BY x;
WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT p.id, p.v FROM p JOIN t ON t.n = p.id;
WITH RECURSIVE tree AS (SELECT id, v, 1 AS depth FROM p WHERE id = 1 UNION ALL SELECT p.id, p.v, tree.depth + 1 FROM p JOIN tree ON p.id = tree.id * 2) SELECT * FROM tree ORDER BY depth;
WITH RECURSIVE t AS (SELECT 1 AS n UNION SELECT (n * 2) % 7 FROM t) SELECT n FROM t ORDER BY n;
-- ignore: detail
WITH ins AS (INSERT INTO p VALUES (100, 1, 'z'), (101, 2, 'z') RETURNING id, v) SELECT * FROM ins;
WITH del AS (DELETE FROM p WHERE g = 'z' RETURNING *) SELECT count(*), sum(v) FROM del;
WITH up AS (UPDATE p SET v = v + 100 WHERE id = 7 RETURNING id, v) SELECT * FROM up;
WITH up AS (UPDATE p SET v = v - 100 WHERE v > 100 RETURNING id) DELETE FROM c WHERE pid IN (SELECT id FROM up) AND c.v = 99;
WITH q AS (SELECT max(id) AS m FROM p) INSERT INTO p SELECT m + 1, 0, 'new' FROM q;
WITH q AS (SELECT 21 AS id) DELETE FROM p USING q WHERE p.id = q.id RETURNING p.*;
SELECT count(*), sum(v) FROM p;
SELECT id FROM p WHERE id < 4 UNION SELECT pid FROM c WHERE pid > 12;
SELECT id FROM p WHERE id < 4 UNION ALL SELECT id FROM p WHERE id < 3;
SELECT v FROM p INTERSECT SELECT y FROM other;
SELECT v FROM p EXCEPT SELECT y FROM other;
SELECT v FROM p EXCEPT ALL SELECT v FROM c;
SELECT id, g FROM p WHERE id = 1 UNION ALL SELECT id, label FROM r WHERE id = 1;
(SELECT id FROM p ORDER BY v DESC, id LIMIT 2) UNION ALL (SELECT id FROM c ORDER BY id LIMIT 2);
SELECT id FROM p WHERE id < 3 UNION SELECT x FROM other WHERE x < 5 ORDER BY 1 DESC LIMIT 3;
SELECT g FROM p UNION SELECT label FROM r ORDER BY 1;
SELECT count(*) FROM (SELECT id FROM p UNION ALL SELECT pid FROM c) s;
SELECT id FROM p WHERE id IN (SELECT pid FROM c INTERSECT SELECT id FROM r);
SELECT 1 AS a UNION SELECT 2.5 ORDER BY a;
VALUES (1, 'a'), (2, 'b');
SELECT * FROM (VALUES (1), (2)) v (i) WHERE i IN (SELECT id FROM p);
SELECT id FROM p WHERE v = (SELECT v FROM p WHERE id IN (1, 2));
SELECT id FROM p WHERE id IN (SELECT pid, id FROM c);
SELECT id FROM p UNION SELECT id, v FROM p;
SELECT id FROM p UNION SELECT g FROM p;
WITH q AS (SELECT 1) SELECT * FROM q, nope;
SELECT s.id FROM (SELECT id FROM p);
-- An aggregate in a subquery that names only columns of the query around it is that query's.
SELECT (SELECT max(p.v)) FROM p;
SELECT (SELECT max((SELECT c.v FROM c WHERE c.pid = p.id ORDER BY c.id LIMIT 1))) FROM p;
SELECT g, (SELECT sum(p.v) FILTER (WHERE p.id > 3)) FROM p GROUP BY g;
SELECT id, (SELECT max(p.v + c.v) FROM c WHERE c.pid = p.id) FROM p;
SELECT count(*) FROM p WHERE EXISTS (SELECT 1 FROM c WHERE c.pid = p.id HAVING max(c.v) > 3);
