-- repartitioned
SELECT u.name, o.id FROM users u JOIN orders o ON u.id = o.quantity;
SELECT u.name, o.id FROM users u LEFT JOIN orders o ON u.id = o.quantity;
SELECT u.name, o.id FROM orders o LEFT JOIN users u ON u.id = o.quantity;
SELECT u.name, o.id FROM users u FULL JOIN orders o ON u.id = o.quantity;
SELECT u.id, v.id FROM users u FULL JOIN users v ON u.id = v.age;
SELECT u.id, v.name FROM users u RIGHT JOIN users v ON u.id = v.age AND v.id > 10 WHERE v.active;
SELECT l.message, u.id FROM logs l LEFT JOIN users u ON u.name = l.key;
SELECT count(*), min(u.name) FROM users u JOIN orders o ON u.id = o.quantity;
SELECT u.id, count(o.id) FROM users u LEFT JOIN orders o ON u.id = o.quantity GROUP BY u.id ORDER BY 2 DESC, 1 LIMIT 7;
SELECT name FROM users u WHERE NOT EXISTS (SELECT FROM orders o WHERE o.quantity = u.id);
SELECT name FROM users u WHERE u.id IN (SELECT quantity FROM orders WHERE amount > 10);
SELECT age, id FROM users FULL JOIN (SELECT quantity AS id, amount FROM orders) o USING (id);
SELECT u.name, o.id, i.id FROM users u JOIN orders o ON u.id = o.quantity LEFT JOIN items i ON i.user_id = u.id AND i.id < 100;
SELECT c.level, i.order_id FROM levels c LEFT JOIN items i ON i.user_id = c.level;
SELECT c.level, i.order_id FROM levels c FULL JOIN items i ON i.user_id = c.level;

-- repartitioned all
SELECT u.id, o.id FROM users u FULL JOIN orders o ON u.age = o.quantity AND u.age = o.quantity;
SELECT u.id, v.id FROM users u FULL JOIN users v USING (age);
SELECT u.age, count(*) FROM users u FULL JOIN users v ON u.age = v.age GROUP BY 1 ORDER BY 1;

-- recursive
SELECT n.id, m.note FROM local_notes n JOIN local_notes m ON n.id = m.id CROSS JOIN users u WHERE u.id = 3;
SELECT n.id, l.title FROM local_notes n FULL JOIN levels l ON n.id = l.level FULL JOIN users u ON u.age = 20 + n.id;
SELECT u.name, a.owner FROM users u JOIN accounts a ON u.id = a.id;
SELECT n, count(*) FROM (SELECT u.id, count(o.id) FROM users u LEFT JOIN orders o ON u.id = o.quantity GROUP BY u.id) c (id, n) GROUP BY n;
SELECT u.id, o.id FROM users u JOIN orders o ON u.age = o.quantity;
SELECT age, count(*) FROM users u FULL JOIN (SELECT quantity + 0 AS age FROM orders) o USING (age) JOIN users v USING (age) GROUP BY age;
