-- Whole tables. The fixture splits the same rows into shards.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE SEQUENCE items_seq START 1000;
CREATE TABLE users (
    id int PRIMARY KEY, name text, age int, score numeric(10,2), ratio float8, small real, born date, seen timestamptz,
    tag varchar(20), active boolean, country text, code char(4), feeling mood, span interval, big bigint, tiny smallint, data jsonb,
    label text COLLATE "C");
INSERT INTO users
SELECT i, CASE WHEN i % 11 = 0 THEN NULL ELSE 'user ' || (i * 7 % 20) END, CASE WHEN i % 7 = 0 THEN NULL ELSE 20 + i % 30 END,
       (i * 137 % 1000) / 100.0, i / 4.0, i / 8.0, date '2020-01-01' + i % 50, timestamptz '2021-01-01 00:00:00+00' + i * interval '7 hours',
       CASE i % 4 WHEN 0 THEN 'red' WHEN 1 THEN 'Green' WHEN 2 THEN 'blue' END, CASE WHEN i % 13 = 0 THEN NULL ELSE i % 2 = 0 END,
       (ARRAY['nl', 'de', 'fr', 'xx'])[1 + i % 4], 'c' || i % 3, (ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::mood,
       i % 5 * interval '1 hour', i * 10000000000, i % 9, jsonb_build_object('a', i % 3, 'b', jsonb_build_array(i, i + 1)),
       CASE WHEN i % 2 = 0 THEN 'b' ELSE 'A' END || i % 5
FROM generate_series(1, 120) AS i;

CREATE TABLE orders (
    user_id int, id int, amount numeric, quantity int, status text, placed timestamp DEFAULT '2020-01-01', note text, PRIMARY KEY (user_id, id));
INSERT INTO orders
SELECT 1 + i % 140, i, CASE WHEN i % 17 = 0 THEN NULL ELSE i * 1.25 END, i % 10, (ARRAY['new', 'paid', 'sent'])[1 + i % 3],
       timestamp '2022-01-01' + i * interval '1 hour', CASE WHEN i % 5 = 0 THEN 'note ' || i % 8 END
FROM generate_series(1, 400) AS i;

CREATE TABLE items (user_id int, order_id int, id int DEFAULT nextval('items_seq'), product text, price numeric(12,3), PRIMARY KEY (user_id, order_id, id));
INSERT INTO items
SELECT 1 + i % 140, 1 + i % 300, i, 'product ' || i % 12, i % 50 + 0.125 FROM generate_series(1, 500) AS i;

CREATE TABLE logs (key text NOT NULL, at timestamptz, level int, message text);
INSERT INTO logs SELECT 'key ' || i % 25, timestamptz '2021-01-01 00:00:00+00' + i * interval '1 minute', i % 5, 'message ' || i FROM generate_series(1, 200) AS i;

CREATE TABLE accounts (id bigint NOT NULL DEFAULT nextval('items_seq'), owner text, balance int DEFAULT 7, opened timestamptz DEFAULT now(), UNIQUE (id));
INSERT INTO accounts (id, owner, balance, opened) SELECT i, 'owner ' || i, i * 3, timestamptz '2021-01-01 00:00:00+00' FROM generate_series(1, 60) AS i;

CREATE TABLE countries (code text PRIMARY KEY, name text, region text, touched timestamptz DEFAULT now());
INSERT INTO countries VALUES ('nl', 'Netherlands', 'west'), ('de', 'Germany', 'west'), ('fr', 'France', 'west'), ('pl', 'Poland', 'east');
CREATE TABLE levels (level int PRIMARY KEY, title text);
INSERT INTO levels VALUES (0, 'debug'), (1, 'info'), (2, 'warning'), (3, 'error'), (9, 'never');
CREATE TABLE local_notes (id int, note text);
INSERT INTO local_notes VALUES (1, 'one'), (5, 'five');
CREATE VIEW grown_ups AS SELECT * FROM users WHERE age >= 30;
CREATE FUNCTION double_it(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE VIEW customers (customer, since, orders, spent) AS
    SELECT u.id, u.born, count(o.id), sum(o.amount) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id, u.born;
CREATE VIEW old_customers AS SELECT c.*, g.country FROM customers c JOIN grown_ups g ON g.id = c.customer;
CREATE VIEW regions AS SELECT region, count(*) AS n FROM countries GROUP BY region;
CREATE VIEW with_notes AS SELECT u.id, n.note FROM users u LEFT JOIN local_notes n ON n.id = u.id;
CREATE VIEW with_catalog AS SELECT u.id, c.relkind FROM users u JOIN pg_class c ON c.relname = 'users' AND u.id > 0;
