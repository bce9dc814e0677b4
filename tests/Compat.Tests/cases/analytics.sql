-- Queries as reports ask them: several joins, nested aggregates, CASE pivots, top-N per group.
CREATE TABLE customers (cid int PRIMARY KEY, name text, nation int, segment text);
CREATE TABLE orders (cid int, oid int, made date, status char(1), total numeric(12,2), PRIMARY KEY (cid, oid));
CREATE TABLE lines (cid int, oid int, line int, part int, qty int, price numeric(12,2), discount numeric(4,2), shipped date, PRIMARY KEY (cid, oid, line));
CREATE TABLE nations (nid int PRIMARY KEY, name text, region int);
CREATE TABLE parts (pid int PRIMARY KEY, brand text, size int);
-- cluster: SELECT create_distributed_table('customers', 'cid')
-- cluster: SELECT create_distributed_table('orders', 'cid', colocate_with => 'customers')
-- cluster: SELECT create_distributed_table('lines', 'cid', colocate_with => 'customers')
-- cluster: SELECT create_reference_table('nations')
-- cluster: SELECT create_distributed_table('parts', 'pid', colocate_with => 'none')
INSERT INTO nations SELECT i, 'nation' || i, i % 3 FROM generate_series(1, 9) i;
INSERT INTO customers SELECT i, 'cust' || i, 1 + i % 9, (ARRAY['A', 'B', 'C'])[1 + i % 3] FROM generate_series(1, 40) i;
INSERT INTO orders SELECT 1 + i * 7 % 40, i, date '2024-01-01' + i % 180, (ARRAY['O', 'F', 'P'])[1 + i % 3], i * 3.5 FROM generate_series(1, 150) i;
INSERT INTO parts SELECT i, 'brand' || i % 4, i % 10 FROM generate_series(1, 25) i;
INSERT INTO lines SELECT o.cid, o.oid, l, 1 + (o.oid + l) % 25, 1 + (o.oid * l) % 10, (o.oid % 20 + l) * 1.5, (l % 3) * 0.05, o.made + l * 5 FROM orders o, generate_series(1, 3) l;
SELECT status, sum(qty), sum(price), sum(price * (1 - discount)), avg(qty), avg(price), count(*) FROM lines JOIN orders USING (cid, oid) WHERE shipped <= '2024-05-01' GROUP BY status ORDER BY status;
SELECT o.oid, sum(l.price * (1 - l.discount)) AS revenue, o.made FROM customers c, orders o, lines l WHERE c.segment = 'A' AND c.cid = o.cid AND l.cid = o.cid AND l.oid = o.oid AND o.made < '2024-04-01' GROUP BY o.oid, o.made ORDER BY revenue DESC, o.oid LIMIT 10;
SELECT n.name, sum(l.price) FROM customers c JOIN orders o USING (cid) JOIN lines l USING (cid, oid) JOIN nations n ON n.nid = c.nation GROUP BY n.name ORDER BY 2 DESC, 1;
SELECT n.region, extract(month from o.made) AS m, count(DISTINCT c.cid) AS customers, sum(o.total) FROM customers c JOIN orders o USING (cid) JOIN nations n ON n.nid = c.nation GROUP BY 1, 2 ORDER BY 1, 2;
SELECT sum(CASE WHEN status = 'O' THEN total ELSE 0 END) AS open, sum(CASE WHEN status = 'F' THEN total ELSE 0 END) AS done, round(100.0 * count(*) FILTER (WHERE status = 'P') / count(*), 2) AS pct FROM orders;
SELECT p.brand, count(*), sum(l.qty) FROM lines l JOIN parts p ON p.pid = l.part GROUP BY p.brand ORDER BY p.brand;
SELECT p.brand, n.name, sum(l.qty) FROM lines l JOIN parts p ON p.pid = l.part JOIN customers c ON c.cid = l.cid JOIN nations n ON n.nid = c.nation WHERE p.size > 5 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 8;
SELECT c.name, count(o.oid) FROM customers c LEFT JOIN orders o ON c.cid = o.cid AND o.status <> 'P' GROUP BY c.name ORDER BY 2 DESC, 1 LIMIT 5;
SELECT n, count(*) FROM (SELECT c.cid, count(o.oid) AS n FROM customers c LEFT JOIN orders o USING (cid) GROUP BY c.cid) s GROUP BY n ORDER BY n;
SELECT cid, sum(total) FROM orders GROUP BY cid HAVING sum(total) > (SELECT avg(s) * 1.5 FROM (SELECT sum(total) AS s FROM orders GROUP BY cid) x) ORDER BY cid;
SELECT status, oid, total FROM (SELECT status, oid, total, rank() OVER (PARTITION BY status ORDER BY total DESC) AS r FROM orders) s WHERE r <= 2 ORDER BY status, total DESC;
SELECT made, sum(total) AS t, sum(sum(total)) OVER (ORDER BY made) AS running FROM orders WHERE made < '2024-01-15' GROUP BY made ORDER BY made;
SELECT c.cid FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.cid = c.cid AND o.status = 'O') AND EXISTS (SELECT 1 FROM lines l WHERE l.cid = c.cid AND l.qty > 5) ORDER BY c.cid;
SELECT o.oid FROM orders o WHERE o.total > (SELECT avg(o2.total) FROM orders o2 WHERE o2.cid = o.cid) ORDER BY o.oid LIMIT 10;
WITH revenue AS (SELECT part, sum(price * qty) AS r FROM lines GROUP BY part) SELECT p.pid, p.brand, revenue.r FROM parts p JOIN revenue ON revenue.part = p.pid WHERE revenue.r = (SELECT max(r) FROM revenue);
WITH monthly AS (SELECT date_trunc('month', made) AS m, sum(total) AS t FROM orders GROUP BY 1) SELECT m::date, t, t - lag(t) OVER (ORDER BY m) AS change FROM monthly ORDER BY m;
SELECT sum(price * discount) FROM lines WHERE shipped >= date '2024-02-01' AND shipped < date '2024-02-01' + interval '1 month' AND discount BETWEEN 0.05 AND 0.10 AND qty < 6;
SELECT l.cid % 4 AS bucket, min(shipped), max(shipped), count(DISTINCT part), array_agg(DISTINCT qty ORDER BY qty) FROM lines l GROUP BY 1 ORDER BY 1;
SELECT coalesce(n.name, 'all') AS nation, coalesce(c.segment, 'all') AS segment, count(*) FROM customers c JOIN nations n ON n.nid = c.nation GROUP BY ROLLUP (n.name, c.segment) ORDER BY n.name NULLS LAST, c.segment NULLS LAST;
SELECT count(*) FROM orders a JOIN orders b ON a.cid = b.cid AND a.oid < b.oid;
SELECT count(*) FROM orders a JOIN orders b ON a.made = b.made AND a.oid < b.oid;
SELECT c.name FROM customers c WHERE c.nation IN (SELECT nid FROM nations WHERE region = 1) AND c.cid IN (SELECT cid FROM orders GROUP BY cid HAVING count(*) > 3) ORDER BY 1;
