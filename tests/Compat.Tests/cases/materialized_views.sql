-- Materialized views over distributed tables, local ones and distributed ones.
CREATE TABLE events (tenant int, user_id int, created date, PRIMARY KEY (tenant, user_id, created));
CREATE TABLE labels (tenant int, label text);
-- cluster: SELECT create_distributed_table('events', 'tenant')
-- cluster: SELECT create_reference_table('labels')
INSERT INTO events SELECT i % 20, i % 7, date '2026-01-01' + i % 3 FROM generate_series(1, 300) i;
INSERT INTO labels SELECT i, 'tenant ' || i FROM generate_series(1, 5) i;
CREATE MATERIALIZED VIEW stats AS SELECT tenant, created AS day, count(*) AS n, count(DISTINCT user_id) AS users FROM events GROUP BY tenant, created;
CREATE MATERIALIZED VIEW empty AS SELECT tenant, max(user_id) AS top FROM events GROUP BY tenant WITH NO DATA;
CREATE MATERIALIZED VIEW days AS SELECT created, count(*) AS n FROM events GROUP BY created;
CREATE MATERIALIZED VIEW copied AS SELECT l.tenant, l.label, count(e.user_id) AS n FROM labels l LEFT JOIN events e USING (tenant) GROUP BY l.tenant, l.label;
CREATE VIEW over AS SELECT day, sum(n) AS n FROM stats GROUP BY day;
CREATE VIEW over_empty AS SELECT * FROM empty WHERE top > 3;
-- cluster: SELECT create_distributed_table('stats', 'tenant', colocate_with := 'events')
-- cluster: SELECT create_distributed_table('empty', 'tenant')
-- cluster: SELECT create_reference_table('copied')
SELECT count(*), sum(n), sum(users) FROM stats;
SELECT * FROM over ORDER BY day;
SELECT * FROM copied ORDER BY tenant;
SELECT * FROM empty;
SELECT * FROM over_empty;
SELECT count(*) FROM events JOIN empty USING (tenant);
INSERT INTO events VALUES (3, 100, '2026-01-02'), (77, 1, '2026-02-02');
SELECT count(*), sum(n), sum(users) FROM stats;
REFRESH MATERIALIZED VIEW stats;
REFRESH MATERIALIZED VIEW empty;
REFRESH MATERIALIZED VIEW days;
REFRESH MATERIALIZED VIEW copied WITH DATA;
SELECT count(*), sum(n), sum(users) FROM stats;
SELECT * FROM stats WHERE tenant IN (3, 77) ORDER BY tenant, day;
SELECT * FROM empty ORDER BY tenant;
SELECT * FROM over_empty ORDER BY tenant;
SELECT * FROM days ORDER BY created;
SELECT * FROM copied ORDER BY tenant;
SELECT e.tenant, e.user_id, s.n FROM events e JOIN stats s ON s.tenant = e.tenant AND s.day = e.created WHERE e.tenant = 3 ORDER BY e.user_id, s.n, s.day;
-- ignore: origins
SELECT relkind, relispopulated, relhasrules, relhastriggers, relhassubclass, reloptions FROM pg_class WHERE relname IN ('stats', 'empty') AND relnamespace = 'compat_materialized_views'::regnamespace ORDER BY relname;
SELECT matviewname, hasindexes, ispopulated, definition FROM pg_matviews WHERE schemaname = 'compat_materialized_views' ORDER BY matviewname;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'compat_materialized_views' ORDER BY table_name;
SELECT pg_get_viewdef('stats'::regclass);
-- Concurrently.
REFRESH MATERIALIZED VIEW CONCURRENTLY stats;
CREATE UNIQUE INDEX stats_key ON stats (tenant, day);
CREATE INDEX stats_day ON stats (day) WHERE n > 1;
INSERT INTO events VALUES (78, 1, '2026-02-02');
REFRESH MATERIALIZED VIEW CONCURRENTLY stats;
SELECT count(*), sum(n) FROM stats;
REFRESH MATERIALIZED VIEW CONCURRENTLY stats WITH NO DATA;
CREATE UNIQUE INDEX days_key ON days (created);
REFRESH MATERIALIZED VIEW CONCURRENTLY days;
SELECT * FROM days ORDER BY created;
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'compat_materialized_views' AND tablename = 'stats' ORDER BY indexname;
REFRESH MATERIALIZED VIEW stats WITH NO DATA;
SELECT * FROM stats;
SELECT * FROM over;
REFRESH MATERIALIZED VIEW CONCURRENTLY stats;
-- In transactions.
BEGIN;
REFRESH MATERIALIZED VIEW stats;
SELECT count(*) FROM stats;
SAVEPOINT a;
DELETE FROM events WHERE tenant = 78;
REFRESH MATERIALIZED VIEW stats;
SELECT count(*) FROM stats;
ROLLBACK TO a;
SELECT count(*) FROM stats;
ROLLBACK;
SELECT count(*) FROM stats;
REFRESH MATERIALIZED VIEW stats;
SELECT count(*) FROM stats;
-- What is below changes its names. One view must be left: PostgreSQL names the one that it meets first in pg_depend.
DROP MATERIALIZED VIEW copied;
ALTER TABLE events RENAME COLUMN user_id TO uid;
ALTER TABLE events RENAME TO happenings;
REFRESH MATERIALIZED VIEW stats;
SELECT sum(users) FROM stats;
SELECT pg_get_viewdef('stats'::regclass);
ALTER TABLE happenings ALTER COLUMN uid TYPE text;
ALTER TABLE happenings DROP COLUMN uid;
DROP TABLE happenings;
-- Definitions.
ALTER MATERIALIZED VIEW stats RENAME TO figures;
ALTER MATERIALIZED VIEW figures RENAME COLUMN users TO people;
ALTER MATERIALIZED VIEW figures SET (fillfactor = 80);
ALTER MATERIALIZED VIEW figures ALTER COLUMN people SET STATISTICS 50;
ALTER MATERIALIZED VIEW figures CLUSTER ON stats_key;
COMMENT ON MATERIALIZED VIEW figures IS 'so many';
SELECT obj_description('figures'::regclass);
REFRESH MATERIALIZED VIEW figures;
SELECT sum(people) FROM figures;
ALTER TABLE figures ADD COLUMN x int;
ALTER TABLE figures DROP COLUMN people;
ALTER MATERIALIZED VIEW figures ALTER COLUMN people TYPE text;
ALTER TABLE figures ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON figures;
DROP TABLE figures;
DROP MATERIALIZED VIEW happenings;
REFRESH MATERIALIZED VIEW happenings;
DROP MATERIALIZED VIEW figures;
DROP MATERIALIZED VIEW IF EXISTS missing, empty CASCADE;
CREATE MATERIALIZED VIEW IF NOT EXISTS figures AS SELECT 1;
CREATE SCHEMA compat_mv_other;
ALTER MATERIALIZED VIEW figures SET SCHEMA compat_mv_other;
REFRESH MATERIALIZED VIEW compat_mv_other.figures;
SELECT count(*) FROM compat_mv_other.figures;
EXPLAIN (COSTS OFF) REFRESH MATERIALIZED VIEW compat_mv_other.figures;
-- Functions over them.
CREATE FUNCTION below() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(n) FROM compat_mv_other.figures); END';
SELECT below();
DO 'BEGIN REFRESH MATERIALIZED VIEW days; END';
-- cluster: DELETE FROM compat_mv_other.figures WHERE day = '2026-01-01' /* distributed */
-- cluster: INSERT INTO compat_mv_other.figures SELECT tenant, '2026-01-01', count(*), count(DISTINCT uid) FROM happenings WHERE created = '2026-01-01' GROUP BY tenant /* distributed */
SELECT count(*), sum(n), sum(people) FROM compat_mv_other.figures;
-- Rights.
DROP ROLE IF EXISTS compat_mv_owner, compat_mv_reader;
CREATE ROLE compat_mv_owner;
CREATE ROLE compat_mv_reader;
GRANT USAGE ON SCHEMA compat_materialized_views, compat_mv_other TO compat_mv_owner, compat_mv_reader;
GRANT CREATE ON SCHEMA compat_materialized_views TO compat_mv_owner;
GRANT SELECT ON compat_mv_other.figures TO compat_mv_reader;
GRANT SELECT ON happenings TO compat_mv_owner;
ALTER TABLE happenings ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON happenings TO compat_mv_owner USING (tenant < 4);
SET ROLE compat_mv_reader;
SELECT count(*) FROM compat_mv_other.figures;
REFRESH MATERIALIZED VIEW compat_mv_other.figures;
DROP MATERIALIZED VIEW compat_mv_other.figures;
SET ROLE compat_mv_owner;
CREATE MATERIALIZED VIEW theirs AS SELECT tenant, count(*) AS n FROM happenings GROUP BY tenant;
-- cluster: SELECT create_distributed_table('theirs', 'tenant')
SELECT * FROM theirs ORDER BY tenant;
RESET ROLE;
REFRESH MATERIALIZED VIEW theirs;
SELECT * FROM theirs ORDER BY tenant;
SELECT current_user = session_user;
ALTER MATERIALIZED VIEW theirs OWNER TO compat_mv_reader;
-- ignore: settings
REFRESH MATERIALIZED VIEW theirs;
GRANT SELECT ON happenings TO compat_mv_reader;
REFRESH MATERIALIZED VIEW theirs;
SELECT * FROM theirs ORDER BY tenant;
-- Back to one.
-- cluster: SELECT undistribute_table('compat_mv_other.figures')
REFRESH MATERIALIZED VIEW compat_mv_other.figures;
SELECT count(*), sum(n), sum(people) FROM compat_mv_other.figures;
-- ignore: origins
SELECT relkind, relhasrules, relispopulated FROM pg_class WHERE oid = 'compat_mv_other.figures'::regclass;
DROP MATERIALIZED VIEW compat_mv_other.figures CASCADE;
CREATE MATERIALIZED VIEW lone AS SELECT 1 AS a, 'x'::text AS b;
-- cluster: SELECT create_distributed_table('lone', NULL)
REFRESH MATERIALIZED VIEW lone;
SELECT * FROM lone;
DROP TABLE happenings CASCADE;
DROP SCHEMA compat_mv_other CASCADE;
DROP MATERIALIZED VIEW lone;
DROP OWNED BY compat_mv_owner, compat_mv_reader;
DROP ROLE compat_mv_owner, compat_mv_reader;
