-- Which statements a table's triggers and rules concern.

-- Triggers of Tangelo's own, on shells and on tables that wait to become some. Anybody may name a trigger so: the function tells as well.
DROP FUNCTION IF EXISTS tangelo_is_own_trigger(name);
CREATE OR REPLACE FUNCTION tangelo_is_own_trigger(trigger_name name, function oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT trigger_name ~ '^[!~]?tangelo_(forward|waiting|upsert_[a-z_]+|act_[0-9]+|(stage|move)_[a-z0-9_]+)$' AND EXISTS (
        SELECT FROM pg_proc WHERE oid = function AND pronamespace = 'pg_catalog'::regnamespace
        AND proname ~ '^tangelo_(?!t[0-9]+:)');
$$;

-- What a trigger is for its user. Events that PostgreSQL must not see there (R48_stages.sql) stand in bits that it does not use.
CREATE OR REPLACE FUNCTION tangelo_trigger_type(type smallint) RETURNS smallint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT (type & 127 | ((type >> 8) & 24))::smallint $$;

-- The triggers that a user has made, as the user has made them.
CREATE OR REPLACE FUNCTION tangelo_user_triggers(relation oid) RETURNS SETOF pg_trigger
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.oid, t.tgrelid, t.tgparentid, t.tgname, t.tgfoid, tangelo_trigger_type(t.tgtype), t.tgenabled, t.tgisinternal, t.tgconstrrelid, t.tgconstrindid, t.tgconstraint,
        t.tgdeferrable, t.tginitdeferred, t.tgnargs, t.tgattr, t.tgargs, t.tgqual,
        CASE WHEN t.tgtype & 8192 = 0 THEN t.tgoldtable ELSE (SELECT old_table FROM tangelo_transition_table x WHERE x.trigger = t.oid) END,
        CASE WHEN t.tgtype & 8192 = 0 THEN t.tgnewtable ELSE (SELECT new_table FROM tangelo_transition_table x WHERE x.trigger = t.oid) END
    FROM pg_trigger t WHERE t.tgrelid = relation AND NOT t.tgisinternal AND NOT tangelo_is_own_trigger(t.tgname, t.tgfoid);
$$;

-- The kinds of statements that triggers or rules of a table, or of one of its partitions, concern: of i, u, d and t (TRUNCATE); m is
-- an UPDATE that moves rows to other partitions, which deletes and inserts them.
CREATE OR REPLACE FUNCTION tangelo_own_watched(relation oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT nullif(concat(
        CASE WHEN bool_or(kinds & 4 <> 0) THEN 'i' END, CASE WHEN bool_or(kinds & 16 <> 0) THEN 'u' END,
        CASE WHEN bool_or(kinds & 8 <> 0) THEN 'd' END, CASE WHEN bool_or(kinds & 32 <> 0) THEN 't' END,
        CASE WHEN bool_or(kinds & 1 <> 0 AND kinds & 12 <> 0) AND (SELECT relkind = 'p' FROM pg_class WHERE oid = relation) THEN 'm' END), '')
    FROM (
        SELECT tangelo_trigger_type(tgtype)::integer AS kinds FROM pg_trigger
        WHERE tgrelid IN (SELECT relation UNION ALL SELECT relid FROM pg_partition_tree(relation) WHERE level > 0)
        AND NOT tgisinternal AND tgenabled <> 'D' AND NOT tangelo_is_own_trigger(tgname, tgfoid)
        UNION ALL
        SELECT CASE ev_type WHEN '2' THEN 16 WHEN '3' THEN 4 ELSE 8 END FROM pg_rewrite
        WHERE ev_class = relation AND ev_type <> '1' AND ev_enabled <> 'D') w);
END $$;

-- The same, with those that foreign keys of other tables concern, whose actions triggers have to see.
CREATE OR REPLACE FUNCTION tangelo_watched(relation oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT nullif(concat(tangelo_own_watched(relation), (SELECT kinds FROM tangelo_acted a WHERE a.relation = $1)), ''));
END $$;
