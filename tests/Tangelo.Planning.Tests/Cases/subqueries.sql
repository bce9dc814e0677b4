-- all
SELECT id FROM users WHERE id IN (SELECT user_id FROM orders WHERE amount > 200);
SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders WHERE amount > 200);
SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.status = 'paid');
SELECT id FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id);
SELECT id, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) FROM users u;
SELECT id, (SELECT max(amount) FROM orders o WHERE o.user_id = u.id AND o.quantity > u.age % 10) FROM users u;
SELECT id, (SELECT o.id FROM orders o WHERE o.user_id = u.id ORDER BY amount DESC NULLS LAST, id LIMIT 1) FROM users u;
SELECT id FROM users WHERE country IN (SELECT code FROM countries WHERE region = 'west');
SELECT id, (SELECT name FROM countries WHERE code = country) FROM users;
SELECT id FROM users WHERE (id, age) IN (SELECT user_id, quantity + 20 FROM orders);
SELECT u.id FROM users u WHERE EXISTS (SELECT 1 FROM orders o JOIN items i ON i.user_id = o.user_id AND i.order_id = o.id WHERE o.user_id = u.id);
SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id WHERE EXISTS (SELECT 1 FROM items i WHERE i.user_id = o.user_id AND i.order_id = o.id);
WITH big AS (SELECT user_id, sum(amount) AS s FROM orders GROUP BY user_id) SELECT u.name, big.s FROM users u JOIN big ON big.user_id = u.id WHERE big.s > 500;
WITH a AS (SELECT id FROM users), b AS (SELECT id FROM a WHERE id > 50) SELECT * FROM a JOIN b USING (id);
WITH c AS (SELECT code FROM countries) SELECT u.id FROM users u JOIN c ON c.code = u.country;
SELECT * FROM (SELECT id, name FROM users WHERE age > 30 UNION ALL SELECT user_id, status FROM orders) x;
SELECT * FROM (SELECT id FROM users UNION SELECT user_id FROM orders) x WHERE id > 20;
SELECT x.id, o.amount FROM (SELECT id FROM users UNION ALL SELECT user_id FROM items) x JOIN orders o ON o.user_id = x.id;
SELECT * FROM (SELECT user_id, row_number() OVER (PARTITION BY user_id ORDER BY id) AS n, id FROM orders) x WHERE n = 1;
SELECT u.id FROM users u WHERE u.id IN (SELECT user_id FROM orders o WHERE o.quantity = u.age % 10);
SELECT ARRAY(SELECT o.id FROM orders o WHERE o.user_id = u.id ORDER BY o.id) FROM users u;
SELECT u.id FROM users u WHERE u.age > (SELECT avg(length(name)) FROM countries);

-- loopback
SELECT * FROM (SELECT * FROM users ORDER BY id LIMIT 3) x JOIN orders o ON o.user_id = x.id;

-- all
WITH users AS (SELECT * FROM users WHERE age > 30) SELECT users.id FROM users;
WITH big AS (SELECT user_id, sum(amount) AS s FROM orders GROUP BY user_id) SELECT u.id, (SELECT s FROM big WHERE big.user_id = u.id) FROM users u;
SELECT u.id FROM users u WHERE u.id = ANY (SELECT user_id FROM orders WHERE amount > 300);
SELECT u.id FROM users u WHERE u.id IN (SELECT o.user_id FROM orders o WHERE EXISTS (SELECT 1 FROM items i WHERE i.user_id = o.user_id AND i.order_id = o.id));
SELECT u.id, x.n FROM users u LEFT JOIN (SELECT o.user_id, count(i.id) AS n FROM orders o LEFT JOIN items i USING (user_id) GROUP BY o.user_id) x ON x.user_id = u.id;
SELECT a.id FROM users a WHERE a.age = (SELECT max(b.age) FROM users b WHERE b.id = a.id);
SELECT CASE WHEN EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) THEN 'buyer' ELSE 'none' END, id FROM users u;
SELECT id FROM users WHERE (SELECT count(*) FROM levels) > 3;
SELECT u.id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND EXISTS (SELECT 1 FROM items i WHERE i.user_id = u.id));

-- combine
SELECT country, count(*) FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) GROUP BY country ORDER BY 1;
SELECT u.id, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) AS n FROM users u ORDER BY n DESC, u.id LIMIT 5;

SELECT x.n, count(*) FROM (SELECT u.id, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) AS n FROM users u) x GROUP BY x.n ORDER BY 1;

-- loopback
