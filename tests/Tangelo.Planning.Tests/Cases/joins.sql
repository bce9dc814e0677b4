-- all
SELECT u.name, o.id FROM users u JOIN orders o ON u.id = o.user_id;
SELECT u.name, o.id FROM users u, orders o WHERE o.user_id = u.id AND o.amount > 50;
SELECT u.name, o.id, i.product FROM users u JOIN orders o ON u.id = o.user_id JOIN items i ON i.user_id = o.user_id AND i.order_id = o.id;
SELECT u.name, o.id, i.product FROM users u, orders o, items i WHERE u.id = o.user_id AND i.user_id = u.id AND i.order_id = o.id;
SELECT u.name, o.id FROM users u LEFT JOIN orders o ON u.id = o.user_id;
SELECT u.name, o.id FROM users u LEFT JOIN orders o ON u.id = o.user_id AND o.amount > 100;
SELECT u.name, o.id FROM users u RIGHT JOIN orders o ON u.id = o.user_id;
SELECT u.name, o.id FROM users u FULL JOIN orders o ON u.id = o.user_id;
SELECT u.name, o.id, i.id FROM users u LEFT JOIN orders o ON u.id = o.user_id LEFT JOIN items i ON i.user_id = o.user_id AND i.order_id = o.id;
SELECT u.name, o.id, i.id FROM users u LEFT JOIN orders o ON u.id = o.user_id LEFT JOIN items i ON i.user_id = u.id;
SELECT u.name, o.id, i.id FROM users u LEFT JOIN (orders o JOIN items i ON i.user_id = o.user_id AND i.order_id = o.id) ON o.user_id = u.id;
SELECT * FROM orders JOIN items USING (user_id);
SELECT user_id, product FROM orders LEFT JOIN items USING (user_id) WHERE orders.id < 20;
SELECT user_id, product FROM orders FULL JOIN items USING (user_id);
SELECT user_id, count(*) FROM orders FULL JOIN items USING (user_id) GROUP BY user_id;
SELECT u.name, c.name FROM users u JOIN countries c ON c.code = u.country;
SELECT u.name, c.name FROM users u LEFT JOIN countries c ON c.code = u.country;
SELECT u.name, c.name FROM countries c RIGHT JOIN users u ON c.code = u.country;
SELECT u.name, c.name FROM users u, countries c WHERE c.code <> u.country;
SELECT l.message, v.title, c.name FROM logs l JOIN levels v ON v.level = l.level CROSS JOIN countries c;
SELECT a.id, b.id FROM orders a JOIN orders b ON a.user_id = b.user_id AND a.id < b.id;
SELECT a.id, b.id FROM users a JOIN users b USING (id);
SELECT u.name, o.total FROM users u JOIN (SELECT user_id, sum(amount) AS total FROM orders GROUP BY user_id) o ON o.user_id = u.id;
SELECT u.name, s.n FROM users u LEFT JOIN (SELECT user_id AS uid, count(*) AS n FROM orders GROUP BY 1) s ON s.uid = u.id;
SELECT u.id, s.total FROM users u, LATERAL (SELECT sum(amount) AS total FROM orders o WHERE o.user_id = u.id) s;
SELECT u.id, s.id FROM users u LEFT JOIN LATERAL (SELECT id FROM orders o WHERE o.user_id = u.id ORDER BY amount LIMIT 1) s ON true;
SELECT u.id, v.x FROM users u, (VALUES (1), (2)) AS v(x) WHERE u.id > v.x;
SELECT u.id, g FROM users u, generate_series(1, 3) AS g;
SELECT u.id, x.n FROM users u CROSS JOIN LATERAL (SELECT u.age + 1 AS n) x;
SELECT j.name, j.status FROM (users u JOIN orders o ON u.id = o.user_id) AS j(id, name) WHERE j.age > 25;
SELECT * FROM users u(a, b) JOIN orders o ON o.user_id = u.a;
SELECT o.user_id, c.name FROM orders o NATURAL JOIN (SELECT user_id, product AS name FROM items) c;
SELECT u.id FROM users u LEFT JOIN orders o ON u.id = o.user_id WHERE o.user_id IS NULL;
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.status = 'paid' WHERE o.user_id = u.id;

-- recursive
SELECT u.id, n.note FROM users u JOIN local_notes n ON n.id = u.id;
