-- ON CONFLICT on tables with triggers: which of them fire, how often, in which order, and what they see.
CREATE TABLE log (seq serial, line text);
CREATE TABLE t (id int PRIMARY KEY, n int, u int, CHECK (n < 1000));
-- cluster: SELECT create_distributed_table('t', 'id')
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log(line) VALUES (concat_ws(' ', TG_NAME, TG_WHEN, TG_LEVEL, TG_OP, TG_TABLE_NAME, CASE WHEN TG_OP <> 'INSERT' AND TG_LEVEL='ROW' THEN OLD::text END, CASE WHEN TG_LEVEL='ROW' THEN NEW::text END,
    (SELECT concat(count(*), '/', sum(n)) FROM t)));
  IF TG_LEVEL = 'ROW' AND TG_WHEN = 'BEFORE' THEN NEW.u := coalesce(NEW.u, 0) + 1; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_row AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO t VALUES (1, 10);
INSERT INTO t VALUES (1, 10) ON CONFLICT DO NOTHING;
INSERT INTO t VALUES (2, 20) ON CONFLICT DO NOTHING;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
INSERT INTO t VALUES (1, 11), (3, 30), (2, 21), (4, 40) ON CONFLICT (id) DO UPDATE SET n = excluded.n RETURNING *;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
SELECT * FROM t ORDER BY id;
-- All kinds.
CREATE TRIGGER b_stmt BEFORE INSERT OR UPDATE ON t FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER c_stmt AFTER INSERT OR UPDATE ON t FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER d_row BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO t VALUES (5, 50), (1, 12), (6, 60) ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n RETURNING id, n, u;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
INSERT INTO t VALUES (5, 50), (7, 70), (6, 60), (7, 71) ON CONFLICT DO NOTHING;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
INSERT INTO t VALUES (5, 50), (6, 60) ON CONFLICT (id) DO NOTHING;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
INSERT INTO t SELECT g, g FROM generate_series(1, 9) g WHERE g > 20 ON CONFLICT (id) DO UPDATE SET n = 0;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
INSERT INTO t VALUES (8, 80), (8, 81) ON CONFLICT (id) DO UPDATE SET n = 0;
INSERT INTO t VALUES (1, 80), (1, 81) ON CONFLICT (id) DO UPDATE SET n = 0;
INSERT INTO t VALUES (8, 80), (1, 5000) ON CONFLICT (id) DO UPDATE SET n = excluded.n;
SELECT line FROM log ORDER BY seq;
SELECT * FROM t ORDER BY id;
INSERT INTO t VALUES (1, 1), (2, 2) ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE t.id = 2 RETURNING t.*;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- UPDATE triggers for each row: a single row.
CREATE TRIGGER e_row BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER f_row AFTER UPDATE OF n ON t FOR EACH ROW WHEN (OLD.n <> NEW.n) EXECUTE FUNCTION note();
INSERT INTO t VALUES (1, 100) ON CONFLICT (id) DO UPDATE SET n = excluded.n RETURNING *;
INSERT INTO t VALUES (100, 100) ON CONFLICT (id) DO UPDATE SET n = excluded.n RETURNING *;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- Inside of functions, WITH, prepared statements, failed subtransactions.
DO $$ BEGIN
  INSERT INTO t VALUES (1, 101) ON CONFLICT (id) DO UPDATE SET n = excluded.n;
  BEGIN
    INSERT INTO t VALUES (1, 102), (9, 5000) ON CONFLICT (id) DO UPDATE SET n = excluded.n;
  EXCEPTION WHEN check_violation THEN INSERT INTO log(line) VALUES ('check');
  END;
  INSERT INTO t VALUES (9, 90) ON CONFLICT DO NOTHING;
END $$;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
WITH x AS (INSERT INTO t VALUES (9, 91), (10, 1) ON CONFLICT (id) DO NOTHING RETURNING id) SELECT * FROM x;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- params: 9 | 92
INSERT INTO t VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = $2;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
BEGIN;
INSERT INTO t VALUES (11, 1), (9, 2) ON CONFLICT DO NOTHING;
ROLLBACK;
SELECT line FROM log ORDER BY seq;
SHOW session_replication_role;
DROP TRIGGER e_row ON t;
DROP TRIGGER f_row ON t;
-- A trigger of INSERT that updates the table, one that skips, and one that inserts again.
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE t SET u = coalesce(u, 0) + 1000 WHERE id = NEW.id;
  INSERT INTO t VALUES (NEW.id + 1000, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER g_again AFTER INSERT ON t FOR EACH ROW WHEN (NEW.id < 1000) EXECUTE FUNCTION again();
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id % 5 = 0 THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER h_skip BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION skip();
INSERT INTO t VALUES (20, 1), (21, 1), (1, 1), (22, 1) ON CONFLICT (id) DO UPDATE SET n = 7 RETURNING id, n;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
SELECT * FROM t ORDER BY id;
-- DELETE triggers do not fire when rows pass.
CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log(line) VALUES (concat('gone ', OLD.id)); RETURN OLD; END $$;
CREATE TRIGGER i_gone BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION gone();
CREATE FUNCTION gones() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log(line) VALUES ('gone all'); RETURN NULL; END $$;
CREATE TRIGGER j_gone AFTER DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION gones();
INSERT INTO t VALUES (31, 1), (1, 2) ON CONFLICT (id) DO UPDATE SET n = 8 RETURNING id, n;
DELETE FROM t WHERE id = 31;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- Constraint triggers, reference and single-shard tables, a trigger that is disabled.
CREATE TABLE r (id int PRIMARY KEY, n int);
-- cluster: SELECT create_reference_table('r')
CREATE TABLE s (id int PRIMARY KEY, n int);
-- cluster: SELECT create_distributed_table('s', NULL)
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON r DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER now AFTER INSERT OR UPDATE ON r FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER now AFTER INSERT ON s FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER off AFTER INSERT ON s FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE s DISABLE TRIGGER off;
BEGIN;
INSERT INTO r VALUES (1, 1), (2, 2) ON CONFLICT DO NOTHING;
INSERT INTO r VALUES (1, 1), (3, 2) ON CONFLICT (id) DO UPDATE SET n = 9;
INSERT INTO s VALUES (1, 1), (2, 2) ON CONFLICT DO NOTHING;
INSERT INTO s VALUES (1, 1), (3, 2) ON CONFLICT (id) DO UPDATE SET n = 9;
COMMIT;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
SELECT * FROM r ORDER BY id;
-- A transition table of INSERT.
CREATE FUNCTION many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log(line) SELECT 'new ' || string_agg(n::text, ' ' ORDER BY id) FROM news n; RETURN NULL; END $$;
CREATE TRIGGER many AFTER INSERT ON s REFERENCING NEW TABLE AS news FOR EACH STATEMENT EXECUTE FUNCTION many();
INSERT INTO s VALUES (1, 1), (7, 2), (8, 8) ON CONFLICT DO NOTHING;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- Functions in DO UPDATE and RETURNING see each row once.
CREATE TABLE f (id int PRIMARY KEY, n int);
-- cluster: SELECT create_distributed_table('f', 'id')
CREATE FUNCTION seen() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN (SELECT concat(count(*), '/', sum(n)) FROM f); END $$;
CREATE FUNCTION how_many() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN (SELECT count(*) FROM f); END $$;
WITH x AS (INSERT INTO f VALUES (1, 1), (2, 2) ON CONFLICT (id) DO UPDATE SET n = how_many() RETURNING id, n, seen()) SELECT * FROM x ORDER BY id;
WITH x AS (INSERT INTO f VALUES (3, 1), (2, 2), (1, 4), (4, 4) ON CONFLICT (id) DO UPDATE SET n = how_many() * 10 RETURNING id, n, seen()) SELECT * FROM x ORDER BY id;
WITH x AS (INSERT INTO f VALUES (5, 1), (5, 2) ON CONFLICT (id) DO UPDATE SET n = how_many() * 10 RETURNING id, n) SELECT * FROM x ORDER BY id;
ALTER TABLE f ALTER n SET DEFAULT how_many();
DO $$ BEGIN INSERT INTO f (id) VALUES (6), (7), (1), (8) ON CONFLICT DO NOTHING; END $$;
SELECT * FROM f ORDER BY id;
-- What is refused.
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
-- differs: [0A000] transition tables of INSERT with DO UPDATE
INSERT INTO s VALUES (1, 1), (7, 2) ON CONFLICT (id) DO UPDATE SET n = 3;
DROP TRIGGER many ON s;
CREATE TRIGGER always AFTER INSERT ON s FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER TABLE s ENABLE ALWAYS TRIGGER always;
INSERT INTO s VALUES (1, 1), (9, 2) ON CONFLICT DO NOTHING;
-- differs: [0A000] triggers enabled ALWAYS with DO UPDATE
INSERT INTO s VALUES (1, 1), (7, 2) ON CONFLICT (id) DO UPDATE SET n = 3;
DROP TRIGGER always ON s;
CREATE TRIGGER "!first" AFTER INSERT ON s FOR EACH ROW EXECUTE FUNCTION nothing();
-- differs: [0A000] a name before those of Tangelo
INSERT INTO s VALUES (1, 1), (9, 2) ON CONFLICT DO NOTHING;
ALTER TRIGGER "!first" ON s RENAME TO first;
INSERT INTO s VALUES (1, 1), (9, 2) ON CONFLICT DO NOTHING;
-- The user's own session_replication_role.
TRUNCATE log;
SET session_replication_role = replica;
INSERT INTO s VALUES (1, 1), (10, 2) ON CONFLICT (id) DO UPDATE SET n = 3 RETURNING *;
SHOW session_replication_role;
SET session_replication_role = local;
INSERT INTO s VALUES (1, 1), (11, 2) ON CONFLICT (id) DO UPDATE SET n = 3 RETURNING *;
SHOW session_replication_role;
RESET session_replication_role;
SELECT line FROM log ORDER BY seq;
-- Nobody hides triggers or empties tables by the functions that do it here.
-- cluster: DO $$ BEGIN PERFORM pg_catalog.tangelo_hide_triggers('t'::regclass); IF current_setting('session_replication_role') <> 'origin' THEN RAISE 'hidden'; END IF; END $$
-- cluster: DO $$ BEGIN PERFORM set_config('tangelo.role_of_triggers', 'replica', true), pg_catalog.tangelo_show_triggers(); IF current_setting('session_replication_role') <> 'origin' THEN RAISE 'hidden'; END IF; END $$
-- cluster: DO $$ BEGIN PERFORM set_config('tangelo.upsert' || 'log'::regclass::oid, '[{"hidden":true}]', true); INSERT INTO log(line) VALUES ('kept'); BEGIN PERFORM pg_catalog.tangelo_upsert_written('log'::regclass, max(ctid)) FROM log; EXCEPTION WHEN insufficient_privilege THEN NULL; END; IF NOT EXISTS (SELECT FROM log WHERE line = 'kept') THEN RAISE 'lost'; END IF; END $$
