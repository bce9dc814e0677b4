-- What psql itself does: descriptions, \copy, variables, \gexec, \crosstabview, large objects, notifications.
\set QUIET on
\set VERBOSITY verbose
\set SHOW_CONTEXT never
\pset pager off
\pset null (null)
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS client_psql CASCADE;
CREATE SCHEMA client_psql;
SET search_path = client_psql;
\getenv distribute TANGELO_DISTRIBUTE
\if :{?distribute}
\else
\set distribute 0
\endif

CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL CHECK (customer > 0), total numeric(10, 2) DEFAULT 0, state state, tags text[], noted timestamptz);
CREATE TABLE items (id bigint, line int, what text COLLATE "C", PRIMARY KEY (id, line), FOREIGN KEY (id) REFERENCES orders ON DELETE CASCADE);
CREATE INDEX orders_by_customer ON orders (customer) WHERE total > 10;
COMMENT ON TABLE orders IS 'what was ordered';
COMMENT ON COLUMN orders.total IS 'with tax';
\if :distribute
SELECT create_distributed_table('orders', 'id') \g /dev/null
SELECT create_distributed_table('items', 'id', colocate_with => 'orders') \g /dev/null
\endif

\echo == descriptions
\d orders
\d items
\d orders_by_customer
\dt
\di
\dT
\dn client_psql
\ddp
\df client_psql.*
\dconfig search_path

\echo == copying
\copy orders from stdin with (format csv)
1,10,12.50,new,"{a,b}",2024-02-29 12:00:00+00
2,20,7.25,paid,,2024-03-01 12:00:00+00
3,10,100,sent,"{""with, comma""}",
4,30,0.01,,{},
\.
\copy items from program 'for i in 1 2 3 4; do printf "%d\\t1\\tfirst\\n%d\\t2\\t\\\\N\\n" $i $i; done'
\copy (select * from orders order by id) to stdout with (format csv, header, force_quote *)
\copy orders (id, customer) from program 'echo 5,0' with (format csv)
\copy orders (id, customer) from program 'echo 1,1' with (format csv)
\copy orders (id, customer) from program 'echo x,1' with (format csv)
SELECT count(*) FROM orders;
COPY items TO STDOUT WITH (FORMAT csv, NULL 'none') \g | sort
\echo :ROW_COUNT

\echo == results
SET timezone = 'UTC';
SELECT * FROM orders ORDER BY id;
\x on
SELECT * FROM orders WHERE id = 2;
\x off
TABLE items ORDER BY id, line LIMIT 3;
SELECT customer, sum(total), count(*), min(state), array_agg(id ORDER BY id) FROM orders GROUP BY customer ORDER BY customer;
SELECT id, line, what FROM items ORDER BY 1, 2 \crosstabview id line what
\pset format unaligned
SELECT o.id, i.line FROM orders o JOIN items i USING (id) WHERE o.customer = 10 ORDER BY 1, 2;
\pset format html
SELECT id, tags FROM orders WHERE id < 3 ORDER BY id;
\pset format aligned
SELECT id, customer AS who, total FROM orders \gdesc
SELECT $1::int \gdesc

\echo == variables
SELECT count(*) AS n, max(total) AS most FROM orders \gset o_
\echo :o_n :o_most :'o_most' :"o_n"
SELECT id FROM orders WHERE id = :o_n;
SELECT 1 / 0 AS nothing FROM orders WHERE id = 1;
\echo :ERROR :SQLSTATE :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE :ROW_COUNT
\errverbose
SELECT format('UPDATE orders SET total = total + %s WHERE id = %s', id, id) FROM orders ORDER BY id \gexec
SELECT sum(total) FROM orders;
\set who 10
PREPARE by_customer (int) AS SELECT id FROM orders WHERE customer = $1 ORDER BY id;
EXECUTE by_customer (:who);
EXECUTE by_customer (20);
DEALLOCATE by_customer;
EXECUTE by_customer (20);

\echo == several statements in one message
SELECT 1 AS a \; UPDATE orders SET customer = customer + 1 WHERE id = 1 \; SELECT customer FROM orders WHERE id = 1;
UPDATE orders SET customer = 1 WHERE id = 1 \; SELECT 1 / 0 \; SELECT 2;
SELECT customer FROM orders WHERE id = 1;

\echo == transactions
BEGIN;
INSERT INTO orders (id, customer) VALUES (6, 6);
SAVEPOINT s;
INSERT INTO orders (id, customer) VALUES (6, 7);
SELECT 1;
ROLLBACK TO s;
SELECT id, customer FROM orders WHERE id = 6;
COMMIT;
\set AUTOCOMMIT off
DELETE FROM orders WHERE id = 6;
SELECT count(*) FROM orders;
ROLLBACK;
SELECT count(*) FROM orders;
COMMIT;
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK on
BEGIN;
UPDATE orders SET total = 1 WHERE id = 6;
UPDATE orders SET total = 'x' WHERE id = 6;
SELECT total FROM orders WHERE id = 6;
COMMIT;
\set ON_ERROR_ROLLBACK off
BEGIN;
\set FETCH_COUNT 2
SELECT id FROM orders ORDER BY id;
\unset FETCH_COUNT
DECLARE c CURSOR FOR SELECT id FROM orders ORDER BY id;
FETCH 2 FROM c;
MOVE 1 IN c;
FETCH ALL FROM c;
COMMIT;
\set FETCH_COUNT 1
SELECT id, customer FROM orders ORDER BY id;
\unset FETCH_COUNT

\echo == notices, notifications and large objects
SET client_min_messages = notice;
DROP TABLE IF EXISTS nothing_of_the_kind;
DO $$ BEGIN RAISE NOTICE 'there are % orders', (SELECT count(*) FROM orders); END $$;
SET client_min_messages = warning;
\t on
\lo_import /etc/debian_version 'client_psql'
SELECT lo_unlink(:LASTOID);
\t off

\echo == new connections
\c -
SHOW search_path;
\c - - - -
SELECT count(*) FROM client_psql.orders;
\c "application_name=again options='-c search_path=client_psql -c timezone=UTC'"
SHOW application_name;
SELECT count(*), max(noted) FROM orders;
\encoding LATIN1
SELECT 'é' AS e, count(*) FROM orders;
\encoding UTF8
ALTER TABLE orders ADD COLUMN paid boolean NOT NULL DEFAULT false;
SELECT id, paid FROM orders WHERE id = 1;
\d orders
DELETE FROM orders WHERE id = 1 RETURNING *;
SELECT count(*) FROM items;
DROP TABLE items, orders;
\dt
