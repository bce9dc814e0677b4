-- router
SELECT tableoid IS NULL, id FROM users u WHERE id = 3;
SELECT id, current_schema FROM users WHERE id = 3;
SELECT * FROM users WHERE id = 5;
SELECT name FROM users u WHERE u.id = '7';
SELECT count(*), max(age) FROM users WHERE id = 12 AND age > 3;
SELECT u.name, o.amount FROM users u JOIN orders o ON u.id = o.user_id WHERE u.id = 9;
SELECT u.name, o.amount FROM users u, orders o WHERE u.id = o.user_id AND o.user_id = 9;
SELECT u.name, o.amount FROM users u LEFT JOIN orders o ON u.id = o.user_id AND o.status = 'paid' WHERE u.id = 9;
SELECT u.name, c.name FROM users u LEFT JOIN countries c ON c.code = u.country WHERE u.id = 10;
SELECT c.name, u.name FROM countries c LEFT JOIN users u ON c.code = u.country AND u.id = 10;
SELECT (SELECT count(*) FROM orders WHERE user_id = 3), name FROM users WHERE id = 3;
SELECT * FROM users WHERE id = 4 UNION ALL SELECT * FROM users WHERE id = 4;
SELECT id FROM users WHERE id = 4 INTERSECT SELECT user_id FROM orders WHERE user_id = 4;
SELECT status, sum(amount) FROM orders WHERE user_id = 20 GROUP BY ROLLUP (status) ORDER BY 1;
SELECT id, rank() OVER (ORDER BY amount) FROM orders WHERE user_id = 20;
WITH x AS (SELECT * FROM orders WHERE user_id = 20) SELECT status, count(*) FROM x GROUP BY status;
WITH x AS (SELECT * FROM orders WHERE user_id = 20) SELECT * FROM x JOIN users ON users.id = x.user_id;
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT r.n, u.name FROM r, users u WHERE u.id = 3;
SELECT * FROM (SELECT user_id, sum(amount) AS total FROM orders GROUP BY user_id) s WHERE s.user_id = 8;
SELECT * FROM users WHERE id = 5 FOR UPDATE;
SELECT * FROM public.users WHERE users.id = 6;
SELECT public.users.name FROM public.users WHERE public.users.id = 6;
SELECT count(*) FROM logs WHERE key = 'key 3';
SELECT count(*) FROM accounts WHERE id = 33;
SELECT count(*) FROM accounts WHERE id = 33::bigint;
SELECT * FROM users WHERE (id, age) = (5, 25);
SELECT * FROM users WHERE id IN (5);
SELECT u.id FROM users u WHERE u.id = 5 AND EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.amount > (SELECT avg(amount) FROM orders o2 WHERE o2.user_id = o.user_id));
SELECT DISTINCT status FROM orders WHERE user_id = 44 ORDER BY status LIMIT 2;
SELECT * FROM users u FULL JOIN orders o ON u.id = o.user_id AND u.id = 5 WHERE u.id = 5 AND o.user_id = 5;
SELECT row_to_json(u) FROM users u WHERE u.id = 11;
SELECT /* a comment */ 'users' AS "users", id FROM users WHERE id = 3 -- the end
;
SELECT * FROM ONLY users WHERE id = 3;
TABLE countries UNION ALL SELECT country, name, tag, seen FROM users WHERE id = 9;
SELECT u.id, s.total FROM users u, LATERAL (SELECT sum(amount) AS total FROM orders o WHERE o.user_id = u.id) s WHERE u.id = 17;
SELECT a.name, b.name FROM users a, users b WHERE a.id = 5 AND b.id = 5;

-- reference
SELECT * FROM countries;
SELECT region, count(*) FROM countries GROUP BY region HAVING count(*) > 1;
SELECT c.name, l.title FROM countries c FULL JOIN levels l ON l.level = length(c.name) LIMIT 100;
SELECT * FROM countries WHERE code IN (SELECT code FROM countries WHERE region = 'west') ORDER BY name DESC LIMIT 2;

-- none
SELECT * FROM users WHERE id = NULL;
SELECT count(*) FROM orders WHERE user_id = NULL;

-- local
SELECT * FROM local_notes;
SELECT 1;
