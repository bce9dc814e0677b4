-- router
INSERT INTO users (id, name) VALUES (500, 'five hundred');
INSERT INTO users VALUES (500, 'five hundred', 3, 1.005);
INSERT INTO users (name, id) VALUES ('x', '501') RETURNING id, name;
INSERT INTO orders (user_id, id, amount, placed) VALUES (500, 1, 2.5 * 3, DEFAULT) RETURNING *;
INSERT INTO users (id, name, seen) VALUES (5, 'again', now()) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, age = users.age + 1 RETURNING *;
INSERT INTO users AS u (id, name) VALUES (5, 'again') ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET name = u.name || EXCLUDED.name WHERE u.id = 5;
INSERT INTO users (id) VALUES (5) ON CONFLICT DO NOTHING;
INSERT INTO logs (key, message) VALUES ('it''s', E'back\\slash');
INSERT INTO accounts (id, owner) VALUES (700, 'me') RETURNING id, owner, balance;
INSERT INTO orders SELECT 5, 9999, 3, 2 FROM users WHERE id = 5;

-- rows
INSERT INTO users (id, name) VALUES (500, 'a'), (501, 'b'), (502, NULL), (503, 'it''s \ here');
INSERT INTO users (id, name, score) VALUES (500, 'a', 1.5), (5, 'b', -2) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING id, name;
INSERT INTO users (id, name) VALUES (5, 'a'), (6, 'b') ON CONFLICT ON CONSTRAINT users_pkey DO NOTHING;
INSERT INTO items (user_id, order_id, product) VALUES (3, 900, 'x') RETURNING *;
INSERT INTO items (user_id, order_id, product) VALUES (3, 900, 'x'), (4, 900, upper('y'));
INSERT INTO items VALUES (3, 900, DEFAULT, 'x', 3), (9, 900, DEFAULT, 'y', 1 + 2);
INSERT INTO accounts (owner) VALUES ('one'), ('two') RETURNING *;
INSERT INTO accounts (id, owner, balance) VALUES (DEFAULT, 'x', DEFAULT);
INSERT INTO accounts DEFAULT VALUES RETURNING balance;
INSERT INTO countries (code, name) VALUES ('be', 'Belgium'), ('lu', 'Luxembourg') ON CONFLICT (code) DO NOTHING;

-- reference
INSERT INTO countries VALUES ('be', 'Belgium', 'west', now());
INSERT INTO levels VALUES (20, 'x');
INSERT INTO levels (level, title) SELECT level + 30, title FROM levels;

-- select
INSERT INTO users (id, name) VALUES (250 + 250, 'computed'), (3 * 200, 'too');
INSERT INTO users (id, name, born, score, tag) VALUES (250 + 250, 'computed', '2020-02-02', '1.005', 'short') ON CONFLICT (id) DO UPDATE SET name = 'there';
INSERT INTO users (id, age) VALUES (500, double_it(4)) RETURNING *;
INSERT INTO users (id, age) VALUES (500, (SELECT max(age) FROM users));
INSERT INTO accounts (id, owner) VALUES (nextval('items_seq'), 'seq'), (3000, 'x');
INSERT INTO accounts (id, owner) VALUES (DEFAULT, 'seq'), (3000, 'x');
INSERT INTO users (id, name) SELECT g, 'user ' || g FROM generate_series(300, 320) AS g;
INSERT INTO users (id, name, born) SELECT 400, 'x', '2020-03-04';
INSERT INTO users (id, name, tag) SELECT id + 1000, name, 'copy' FROM users ON CONFLICT (id) DO NOTHING;
INSERT INTO users (id, name) SELECT id, 'twice' FROM users WHERE id < 20 ORDER BY id LIMIT 5 ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING id, name;
INSERT INTO accounts (owner, balance) SELECT name, age FROM users WHERE id < 4 ORDER BY id;
INSERT INTO accounts (id, owner) SELECT count(*) + 900, country FROM users GROUP BY country HAVING country = 'nl';
INSERT INTO levels SELECT 100 + age, max(name) FROM users WHERE age > 20 GROUP BY age;
WITH x AS (SELECT 600 AS id, 'w' AS name) INSERT INTO users (id, name) SELECT id, name FROM x;
INSERT INTO logs (key, level, message) SELECT name, id, 'from users' FROM users WHERE name IS NOT NULL;
INSERT INTO users (id, name) VALUES (601, 'a'), (602, 'b') ORDER BY 1 LIMIT 1;

-- all
INSERT INTO orders (user_id, id, amount) SELECT id, 5000, age FROM users WHERE age > 25;
INSERT INTO orders (user_id, id, amount) SELECT u.id, 5000 + o.id, o.amount * 2 FROM users u JOIN orders o ON o.user_id = u.id RETURNING user_id;
INSERT INTO orders (user_id, id, amount) SELECT user_id, max(id) + 1, sum(amount) FROM orders GROUP BY user_id;
INSERT INTO orders SELECT * FROM orders ON CONFLICT (user_id, id) DO UPDATE SET note = 'seen';

-- reference
INSERT INTO countries (code, name) VALUES ('nl', 'Holland') ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name RETURNING name;

-- loopback
INSERT INTO local_notes SELECT id, name FROM users;
INSERT INTO users (id) VALUES (5) ON CONFLICT (id) DO UPDATE SET id = 7;
INSERT INTO users (id, name) VALUES (5, 'x') ON CONFLICT (id) DO UPDATE SET age = double_it(3);
WITH x AS (INSERT INTO users (id) VALUES (5) ON CONFLICT DO NOTHING RETURNING id) SELECT * FROM x;
