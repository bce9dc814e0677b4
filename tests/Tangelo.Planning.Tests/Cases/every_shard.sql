-- all
SELECT * FROM users;
SELECT id, name || '!' AS greeting FROM users WHERE age > 25;
SELECT * FROM users WHERE id = 5.0;
SELECT * FROM users WHERE id = 5.5;
SELECT * FROM users WHERE id > 100;
SELECT * FROM users WHERE id + 0 = 5;
SELECT * FROM users WHERE id = 5 OR age = 30;
SELECT user_id, count(*), sum(amount), avg(amount) FROM orders GROUP BY user_id;
SELECT user_id, status, array_agg(id ORDER BY id) FROM orders GROUP BY user_id, status HAVING count(*) > 1;
SELECT user_id u, count(*) FROM orders GROUP BY u;
SELECT status, user_id, count(*) FROM orders GROUP BY 1, 2;
SELECT DISTINCT user_id FROM orders;
SELECT DISTINCT ON (user_id) user_id, id FROM (SELECT user_id, max(id) AS id FROM orders GROUP BY user_id) x;
SELECT user_id, id, row_number() OVER (PARTITION BY user_id ORDER BY id) FROM orders;
SELECT user_id, sum(amount) OVER w FROM orders WINDOW w AS (PARTITION BY user_id, status);
SELECT name FROM users UNION ALL SELECT status FROM orders;
SELECT id FROM users UNION SELECT user_id FROM orders;
SELECT id FROM users EXCEPT SELECT user_id FROM orders;
SELECT id, age FROM users INTERSECT SELECT user_id, quantity + 20 FROM orders;
SELECT u.*, now() IS NULL FROM users u WHERE name IS NOT NULL;
SELECT u.id, generate_series(1, 2) FROM users u;
SELECT row_to_json(l) FROM logs l WHERE level = 2;
SELECT count(*) FROM logs GROUP BY key;
SELECT id FROM users WHERE label < 'B';
SELECT u FROM users u WHERE id IN (SELECT user_id FROM orders WHERE amount > 400);
SELECT feeling, span, data -> 'b' FROM users;
SELECT owner FROM accounts WHERE id = 10.0;
SELECT * FROM users WHERE id < 3 FOR UPDATE;

-- some
SELECT * FROM users WHERE id IN (1, 2, 3, 4);
SELECT * FROM users WHERE id = ANY ('{1,2,5}');
SELECT * FROM users WHERE id = ANY (ARRAY[1, 7]);
SELECT * FROM users WHERE id = 1 OR id = 2;
SELECT * FROM users WHERE (id = 1 AND age > 0) OR (id = 3 AND name IS NOT NULL);
SELECT u.name, o.id FROM users u JOIN orders o ON o.user_id = u.id WHERE o.user_id IN (3, 5, 140);
SELECT * FROM (SELECT user_id, count(*) FROM orders WHERE user_id IN (3, 5) GROUP BY 1) s;
SELECT key, at FROM logs WHERE key IN ('key 1', 'key 2', 'nothing');
