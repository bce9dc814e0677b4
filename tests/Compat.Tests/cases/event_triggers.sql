-- Event triggers and publications of the user's see the user's statements, and nothing that Tangelo does besides.
CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    FOR r IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP RAISE NOTICE '% % %', tg_tag, r.command_tag, r.object_identity; END LOOP;
END $$;
CREATE FUNCTION gone() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    FOR r IN SELECT * FROM pg_event_trigger_dropped_objects() WHERE object_type IN ('table', 'foreign table', 'table column', 'index') LOOP
        RAISE NOTICE '% % %', tg_tag, r.object_type, r.object_identity;
    END LOOP;
END $$;
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE r (id int PRIMARY KEY);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_reference_table('r')
CREATE EVENT TRIGGER compat_seen ON ddl_command_end EXECUTE FUNCTION seen();
CREATE EVENT TRIGGER compat_gone ON sql_drop EXECUTE FUNCTION gone();
ALTER TABLE t ADD COLUMN w int DEFAULT 3;
ALTER TABLE t ALTER COLUMN w TYPE bigint USING w + 1;
ALTER TABLE t DROP COLUMN w;
CREATE INDEX t_v ON t (v);
CREATE TABLE l (id int REFERENCES r);
ALTER TABLE t ADD COLUMN r int REFERENCES r;
DROP INDEX t_v;
DROP TABLE l;
DROP TABLE t;
DROP EVENT TRIGGER compat_seen;
DROP EVENT TRIGGER compat_gone;
-- ignore: notices
CREATE PUBLICATION compat_all FOR ALL TABLES;
CREATE TABLE p (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('p', 'id')
INSERT INTO p VALUES (1, 1), (2, 2);
UPDATE p SET v = 5;
DELETE FROM p WHERE id = 1;
DROP PUBLICATION compat_all;
-- ignore: notices
CREATE PUBLICATION compat_one FOR TABLE p (id), r WHERE (id > 3);
ALTER PUBLICATION compat_one DROP TABLE r;
SELECT tablename, attnames FROM pg_publication_tables WHERE pubname = 'compat_one';
DROP PUBLICATION compat_one;
