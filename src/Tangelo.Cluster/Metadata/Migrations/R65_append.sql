-- Tables whose shards come one by one (append), or are cut by hand (range).

-- Distributes a table by 'a' or 'r'. It has no shards at first, so it must be empty. A range table may take the shards of another one.
CREATE OR REPLACE FUNCTION tangelo_distribute_by_values(relation regclass, distribution_column text, method "char", anchor regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    key smallint;
    a pg_attribute;
    colocation integer := 0;
    table_name name := (SELECT relname FROM pg_class WHERE oid = relation);
    unique_key name;
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_lock_metadata();
    PERFORM tangelo_check_relation(relation);
    EXECUTE format('LOCK TABLE ONLY %s IN EXCLUSIVE MODE', relation);
    PERFORM tangelo_check_relation(relation);
    IF (SELECT relkind FROM pg_class WHERE oid = relation) <> 'r' OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = relation AND rulename = '_RETURN') THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', table_name USING ERRCODE = '0A000',
            DETAIL = 'Only plain tables can be distributed by append or range.', HINT = 'Distribute it by hash.';
    END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND (conrelid = relation OR confrelid = relation)) THEN
        RAISE EXCEPTION 'cannot create foreign key constraint' USING ERRCODE = '0A000',
            DETAIL = format('Table "%s" is distributed by append or range: its foreign keys cannot be checked.', table_name),
            HINT = 'Drop the foreign keys, or distribute the table by hash.';
    END IF;
    key := tangelo_check_values_column(relation, distribution_column);
    SELECT * INTO a FROM pg_attribute WHERE attrelid = relation AND attnum = key;
    IF method = 'a' THEN
        SELECT c.relname INTO unique_key FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = relation AND (i.indisunique OR i.indisexclusion) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'cannot create constraint on "%"', table_name USING ERRCODE = '0A000',
                DETAIL = 'Nothing keeps equal keys of an append-distributed table in one shard, so no shard can check a unique key.',
                HINT = format('Drop "%s", or distribute the table by hash.', unique_key);
        END IF;
    ELSE
        PERFORM tangelo_check_distribution_column(relation, distribution_column);
    END IF;
    IF tangelo_has_rows(relation) THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', table_name USING ERRCODE = '55000',
            DETAIL = format('Relation "%s" contains data.', table_name), HINT = 'Empty your table before distributing it.';
    END IF;

    IF anchor IS NOT NULL THEN
        SELECT p.colocationid INTO colocation FROM pg_dist_partition p JOIN pg_attribute o ON o.attrelid = p.logicalrelid AND o.attnum = p.partkey::smallint
        WHERE p.logicalrelid = anchor AND p.partmethod = 'r' AND o.atttypid = a.atttypid AND o.attcollation = a.attcollation;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'cannot colocate tables % and %', anchor, relation USING ERRCODE = '42804',
                DETAIL = 'A range-distributed table can only go with another one whose distribution column has the same type and collation.';
        END IF;
    ELSIF method = 'r' THEN
        colocation := nextval('pg_dist_colocationid_seq');
        INSERT INTO pg_dist_colocation VALUES (colocation, 0, 1, a.atttypid, a.attcollation);
        INSERT INTO tangelo_isolated_colocation VALUES (colocation);
    END IF;
    INSERT INTO pg_dist_partition VALUES (relation, method, key, colocation, 'c', false);
    IF anchor IS NOT NULL THEN
        WITH made AS (
            SELECT shardid AS original, nextval('pg_dist_shardid_seq') AS shard, shardminvalue, shardmaxvalue FROM pg_dist_shard WHERE logicalrelid = anchor),
        recorded AS (
            INSERT INTO pg_dist_shard SELECT relation, shard, 't', shardminvalue, shardmaxvalue FROM made)
        INSERT INTO pg_dist_placement (shardid, groupid)
            SELECT made.shard, p.groupid FROM made JOIN pg_dist_placement p ON p.shardid = made.original AND p.shardstate = 1 ORDER BY made.shard, p.placementid;
    END IF;
    PERFORM tangelo_ensure_coordinator();
    PERFORM tangelo_make_shards(relation);
END $$;

-- A column by whose order rows are told apart.
CREATE OR REPLACE FUNCTION tangelo_check_values_column(relation regclass, column_name text) RETURNS smallint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a pg_attribute;
    base oid;
BEGIN
    SELECT * INTO a FROM pg_attribute WHERE attrelid = relation AND attname = column_name AND attnum > 0 AND NOT attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of relation "%" does not exist', column_name, (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '42703';
    END IF;
    IF a.attgenerated <> '' THEN
        RAISE EXCEPTION 'cannot distribute relation: %', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = 'The distribution column must not be a generated column.';
    END IF;
    IF tangelo_plain_type(a.atttypid) IS NULL THEN
        RAISE EXCEPTION 'cannot distribute relation: %', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = format('Values of the type %s are composed of others.', format_type(a.atttypid, NULL)), HINT = 'Choose another column, or distribute the table by hash.';
    END IF;
    BEGIN
        EXECUTE format('SELECT x < x FROM (SELECT NULL::%s AS x) AS v', format_type(tangelo_plain_type(a.atttypid), NULL));
    EXCEPTION WHEN undefined_function THEN
        RAISE EXCEPTION 'could not identify a comparison function for type %', format_type(a.atttypid, NULL) USING ERRCODE = '42883',
            DETAIL = 'The type of a distribution column needs a default operator class for btree.';
    END;
    RETURN a.attnum;
END $$;

-- citus.shard_max_size in bytes: a number without a unit is in kB.
CREATE OR REPLACE FUNCTION tangelo_shard_max_size() RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT greatest(1, CASE WHEN s ~ '^\s*\d+\s*$' THEN s::bigint * 1024 ELSE pg_size_bytes(s) END)
    FROM coalesce(nullif(current_setting('citus.shard_max_size', true), ''), '1GB') s
$$;

-- How many shards, each with its placements, are on every node as often as on any other: those one COPY fills at the same time.
CREATE OR REPLACE FUNCTION tangelo_shards_at_once() RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    copies integer := coalesce(nullif(current_setting('citus.shard_replication_factor', true), '')::integer, 1);
BEGIN
    RETURN CASE WHEN current_setting('citus.multi_shard_modify_mode', true) = 'sequential' THEN 1
        ELSE cardinality(tangelo_groups_for_copies(copies)) / gcd(cardinality(tangelo_groups_for_copies(copies)), copies) END;
END $$;

-- Makes one more shard on the nodes, at a place in the round of nodes, or else where its number leads. The metadata do not know it until tangelo_record_shards:
-- whoever changes them waits for everybody else who does, and a COPY may take long.
DROP FUNCTION IF EXISTS tangelo_open_shard(regclass);
CREATE OR REPLACE FUNCTION tangelo_open_shard(relation regclass, place bigint DEFAULT NULL, OUT shard bigint, OUT groups integer[]) RETURNS record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    copies integer := coalesce(nullif(current_setting('citus.shard_replication_factor', true), '')::integer, 1);
    places integer[];
    facts jsonb;
BEGIN
    PERFORM tangelo_require_owner(relation);
    EXECUTE format('LOCK TABLE ONLY %s IN ROW EXCLUSIVE MODE', relation);
    IF (SELECT partmethod FROM pg_dist_partition WHERE logicalrelid = relation) = 'r' AND copies > 1 THEN
        RAISE EXCEPTION 'cannot create % copies of a shard of table "%"', copies, (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = 'Shards of a range-distributed table have one placement.', HINT = 'SET citus.shard_replication_factor TO 1.';
    END IF;
    places := tangelo_groups_for_copies(copies);
    shard := nextval('pg_dist_shardid_seq');
    groups := ARRAY(SELECT places[1 + (coalesce(place, shard) + i) % cardinality(places)] FROM generate_series(0, copies - 1) i);
    facts := tangelo_table_facts(relation);
    facts := jsonb_set(facts, '{shards}', coalesce(nullif(facts -> 'shards', 'null'), '[]') || jsonb_build_array(jsonb_build_array(shard, NULL, NULL, to_jsonb(groups))));
    IF 0 = ANY (groups) AND tangelo_uncommitted_dependency(relation) IS NOT NULL THEN
        RAISE EXCEPTION 'cannot create shards of table "%" on the coordinator in this transaction', (SELECT relname FROM pg_class WHERE oid = relation)
            USING ERRCODE = '0A000', DETAIL = format('It has made or changed %s, and only its COMMIT shows that to other connections.', tangelo_uncommitted_dependency(relation)),
            HINT = 'Commit that first.';
    END IF;
    PERFORM tangelo_call('create_shards', jsonb_build_object(
        'nodes', (SELECT jsonb_agg(tangelo_node_facts(n)) FROM pg_dist_node n WHERE n.noderole = 'primary'),
        'tables', jsonb_build_array(facts), 'others', tangelo_tables_led_to(relation), 'only', jsonb_build_array(shard),
        'commands', jsonb_build_array(tangelo_table_commands(relation, true))));
END $$;

-- What tangelo_open_shard has made becomes part of the table: shards are [[id, [group, ...]], ...].
CREATE OR REPLACE FUNCTION tangelo_record_shards(relation regclass, shards jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    INSERT INTO pg_dist_shard SELECT relation, (s ->> 0)::bigint, 't', NULL, NULL FROM jsonb_array_elements(shards) s;
    INSERT INTO pg_dist_placement (shardid, groupid)
        SELECT (s ->> 0)::bigint, g::integer FROM jsonb_array_elements(shards) s, jsonb_array_elements_text(s -> 1) g;
    PERFORM tangelo_update_statistics(relation, ARRAY(SELECT (s ->> 0)::bigint FROM jsonb_array_elements(shards) s));
END $$;

-- Sizes of shards, and for append tables the least and greatest value of the distribution column, as the transaction sees them.
CREATE OR REPLACE FUNCTION tangelo_update_statistics(relation regclass, shards bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_dist_partition;
    a pg_attribute;
    facts jsonb;
    length bigint;
BEGIN
    SELECT * INTO p FROM pg_dist_partition WHERE logicalrelid = relation;
    SELECT * INTO a FROM pg_attribute WHERE attrelid = relation AND attnum = p.partkey::smallint;
    SELECT jsonb_agg(f) INTO facts FROM tangelo_call('shard_ranges', jsonb_build_object(
        'column', CASE WHEN p.partmethod = 'a' THEN quote_ident(a.attname) END, 'type', CASE WHEN p.partmethod = 'a' THEN a.atttypid::bigint END,
        'placements', (SELECT jsonb_agg(jsonb_build_object('group', l.groupid, 'shard', l.shardid, 'schema', n.nspname, 'name', tangelo_shard_relname(c.relname, l.shardid)))
            FROM pg_dist_placement l, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = relation AND l.shardid = ANY (shards) AND l.shardstate = 1))) f;
    UPDATE pg_dist_placement l SET shardlength = (f ->> 'length')::bigint FROM jsonb_array_elements(facts) f
        WHERE l.shardid = (f ->> 'shard')::bigint AND l.groupid = (f ->> 'group')::integer AND l.shardlength <> (f ->> 'length')::bigint;
    IF p.partmethod = 'a' THEN
        UPDATE pg_dist_shard s SET shardminvalue = f.least, shardmaxvalue = f.greatest
        FROM (SELECT DISTINCT ON (1) (f ->> 'shard')::bigint AS shard, f ->> 'min' AS least, f ->> 'max' AS greatest FROM jsonb_array_elements(facts) f ORDER BY 1) f
        WHERE s.shardid = f.shard AND (s.shardminvalue, s.shardmaxvalue) IS DISTINCT FROM (f.least, f.greatest);
    END IF;
    PERFORM tangelo_call('metadata_changed');
    SELECT max((f ->> 'length')::bigint) INTO length FROM jsonb_array_elements(facts) f;
    RETURN coalesce(length, 0);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_update_statistics(regclass, bigint[]) FROM public;

-- The table of a shard, with its distribution method.
CREATE OR REPLACE FUNCTION tangelo_partition_of(shard bigint) RETURNS pg_dist_partition
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry pg_dist_partition;
BEGIN
    SELECT p.* INTO entry FROM pg_dist_shard s JOIN pg_dist_partition p USING (logicalrelid) WHERE s.shardid = shard;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'could not find valid entry for shard %', shard USING ERRCODE = '42704';
    END IF;
    RETURN entry;
END $$;

-- The name is looked up as the caller means it.
CREATE OR REPLACE FUNCTION master_create_empty_shard(relation_name text) RETURNS bigint
LANGUAGE plpgsql STRICT AS $$
DECLARE
    relation regclass := relation_name::regclass;
    made record;
    method "char" := (SELECT partmethod FROM pg_catalog.pg_dist_partition WHERE logicalrelid = relation);
BEGIN
    IF method IS NULL THEN
        RAISE EXCEPTION 'relation % is not distributed', relation USING ERRCODE = '42809';
    ELSIF method NOT IN ('a', 'r') THEN
        RAISE EXCEPTION 'relation "%" is a % table', relation, CASE method WHEN 'h' THEN 'hash partitioned' ELSE 'reference or single-shard' END USING ERRCODE = '0A000',
            DETAIL = 'Shards can be created one by one in append- and range-distributed tables only.';
    END IF;
    made := pg_catalog.tangelo_open_shard(relation);
    PERFORM pg_catalog.tangelo_record_shards(relation, pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_array(made.shard, pg_catalog.to_jsonb(made.groups))));
    RETURN made.shard;
END $$;

CREATE OR REPLACE FUNCTION citus_update_shard_statistics(shard_id bigint) RETURNS bigint
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    relation regclass := (tangelo_partition_of(shard_id)).logicalrelid;
BEGIN
    PERFORM tangelo_require_owner(relation);
    RETURN tangelo_update_statistics(relation, ARRAY[shard_id]);
END $$;

CREATE OR REPLACE FUNCTION citus_update_table_statistics(relation regclass) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE EXCEPTION 'relation % is not distributed', relation USING ERRCODE = '42809';
    END IF;
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_update_statistics(relation, ARRAY(SELECT shardid FROM pg_dist_shard WHERE logicalrelid = relation));
END $$;

CREATE OR REPLACE FUNCTION master_update_shard_statistics(shard_id bigint) RETURNS bigint
LANGUAGE sql STRICT AS $$ SELECT pg_catalog.citus_update_shard_statistics($1) $$;
CREATE OR REPLACE FUNCTION master_update_table_statistics(relation regclass) RETURNS void
LANGUAGE sql STRICT AS $$ SELECT pg_catalog.citus_update_table_statistics($1) $$;

-- The group that a node's address means: a worker's, or the coordinator's by the address of any router.
CREATE OR REPLACE FUNCTION tangelo_group_at(host text, port integer) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen integer;
BEGIN
    SELECT groupid INTO chosen FROM pg_dist_node WHERE nodename = host AND nodeport = port AND noderole = 'primary' ORDER BY isactive DESC LIMIT 1;
    IF NOT FOUND THEN
        -- Other names of the same machine.
        SELECT min(groupid) INTO chosen FROM pg_dist_node WHERE nodeport = port AND noderole = 'primary' HAVING count(*) = 1 AND host IN ('localhost', '127.0.0.1', '::1')
            AND bool_and(nodename IN ('localhost', '127.0.0.1', '::1'));
    END IF;
    IF chosen IS NULL AND (port = current_setting('port')::integer OR port::text = ANY (
        SELECT p FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) o, regexp_split_to_table(o.option_value, ',') p WHERE s.srvname = 'tangelo_loopback' AND o.option_name = 'port')) THEN
        chosen := 0;
    END IF;
    IF chosen IS NULL THEN
        RAISE EXCEPTION 'node at "%:%" does not exist', host, port USING ERRCODE = '42704',
            HINT = 'Name a node as pg_dist_node has it, or a router for a table of the coordinator.';
    END IF;
    RETURN chosen;
END $$;

CREATE OR REPLACE FUNCTION master_append_table_to_shard(
    shard_id bigint, source_table_name text, source_node_name text, source_node_port integer) RETURNS real
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_dist_partition := tangelo_partition_of(shard_id);
BEGIN
    IF p.partmethod <> 'a' THEN
        RAISE EXCEPTION 'cannot append to shardId %', shard_id USING ERRCODE = '0A000',
            DETAIL = 'Tables can be appended to shards of append-distributed tables only.', HINT = 'Use INSERT ... SELECT or COPY.';
    END IF;
    PERFORM tangelo_require_owner(p.logicalrelid);
    EXECUTE format('LOCK TABLE ONLY %s IN ROW EXCLUSIVE MODE', p.logicalrelid);
    PERFORM tangelo_call('append_table', jsonb_build_object('table', tangelo_table_facts(p.logicalrelid), 'shard', shard_id,
        'source', tangelo_group_at(source_node_name, source_node_port), 'relation', source_table_name));
    RETURN (tangelo_update_statistics(p.logicalrelid, ARRAY[shard_id])::numeric / tangelo_shard_max_size())::real;
END $$;

-- The router reads the command: {"schema", "name", "condition"}, where the condition is about tangelo_min and tangelo_max, and holds when all values between
-- them are to go.
CREATE OR REPLACE FUNCTION master_apply_delete_command(delete_command text) RETURNS integer
LANGUAGE plpgsql STRICT AS $$
DECLARE
    parts jsonb := pg_catalog.tangelo_call('read_shard_delete', pg_catalog.jsonb_build_object('sql', delete_command));
    relation regclass := (CASE WHEN parts ->> 'schema' IS NULL THEN '' ELSE pg_catalog.quote_ident(parts ->> 'schema') || '.' END || pg_catalog.quote_ident(parts ->> 'name'))::regclass;
    p pg_catalog.pg_dist_partition;
    a pg_catalog.pg_attribute;
    columns name[] := ARRAY(SELECT c FROM pg_catalog.jsonb_array_elements_text(parts -> 'columns') c);
    chosen bigint[];
BEGIN
    SELECT * INTO p FROM pg_catalog.pg_dist_partition WHERE logicalrelid = relation;
    IF p.partmethod IS DISTINCT FROM 'a' AND p.partmethod IS DISTINCT FROM 'r' THEN
        RAISE EXCEPTION 'cannot delete from distributed table' USING ERRCODE = '0A000',
            DETAIL = 'Whole shards can be deleted from append- and range-distributed tables only.', HINT = 'Use DELETE.';
    END IF;
    SELECT * INTO a FROM pg_catalog.pg_attribute WHERE attrelid = relation AND attnum = p.partkey::smallint;
    IF EXISTS (SELECT FROM pg_catalog.unnest(columns) c WHERE c <> a.attname) THEN
        RAISE EXCEPTION 'cannot delete from distributed table' USING ERRCODE = '0A000', DETAIL = 'Where clause includes a column other than partition column';
    END IF;
    IF parts ->> 'condition' IS NULL THEN
        chosen := ARRAY(SELECT shardid FROM pg_catalog.pg_dist_shard WHERE logicalrelid = relation);
    ELSE
        EXECUTE pg_catalog.format('SELECT pg_catalog.array_agg(shardid) FROM (SELECT shardid, shardminvalue::%1$s %2$s AS tangelo_min, shardmaxvalue::%1$s %2$s AS tangelo_max
            FROM pg_catalog.pg_dist_shard WHERE logicalrelid = %3$s AND shardminvalue IS NOT NULL AND shardmaxvalue IS NOT NULL) AS s WHERE %4$s',
            pg_catalog.format_type(pg_catalog.tangelo_plain_type(a.atttypid), a.atttypmod),
            (SELECT pg_catalog.format('COLLATE %I.%I', n.nspname, c.collname) FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
                WHERE c.oid = a.attcollation AND c.collname <> 'default'),
            relation::oid, parts ->> 'condition') INTO chosen;
    END IF;
    RETURN pg_catalog.tangelo_drop_some_shards(relation, coalesce(chosen, '{}'), parts ->> 'condition' IS NOT NULL AND NOT a.attnotnull);
END $$;

-- Drops shards, on request only those in which every row has a value in the distribution column. Gives their number.
CREATE OR REPLACE FUNCTION tangelo_drop_some_shards(relation regclass, shards bigint[], without_nulls boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    placements jsonb;
BEGIN
    PERFORM tangelo_require_owner(relation);
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', relation);
    PERFORM tangelo_lock_metadata();
    SELECT jsonb_agg(jsonb_build_object('group', l.groupid, 'shard', s.shardid, 'schema', n.nspname, 'name', tangelo_shard_relname(c.relname, s.shardid)) ORDER BY s.shardid, l.groupid)
    INTO placements
    FROM pg_dist_shard s JOIN pg_dist_placement l USING (shardid) JOIN pg_class c ON c.oid = s.logicalrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE s.logicalrelid = relation AND s.shardid = ANY (shards);
    IF placements IS NULL THEN
        RETURN 0;
    END IF;
    IF without_nulls THEN
        SELECT jsonb_agg(l) INTO placements FROM jsonb_array_elements(placements) l WHERE (l ->> 'shard')::bigint NOT IN (
            SELECT (f ->> 'shard')::bigint FROM tangelo_call('shards_with_nulls', jsonb_build_object('placements', placements, 'column', (
                SELECT quote_ident(a.attname) FROM pg_dist_partition p JOIN pg_attribute a ON a.attrelid = p.logicalrelid AND a.attnum = p.partkey::smallint
                WHERE p.logicalrelid = relation))) f);
        IF placements IS NULL THEN
            RETURN 0;
        END IF;
    END IF;
    shards := ARRAY(SELECT DISTINCT (l ->> 'shard')::bigint FROM jsonb_array_elements(placements) l);
    DELETE FROM pg_dist_placement WHERE shardid = ANY (shards);
    DELETE FROM pg_dist_shard WHERE shardid = ANY (shards);
    PERFORM tangelo_call('drop_shards', jsonb_build_object('placements', placements));
    RETURN cardinality(shards);
END $$;

-- TRUNCATE of an append table: what it has loaded is gone with its shards.
CREATE OR REPLACE FUNCTION tangelo_drop_all_shards(relation regclass) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT tangelo_drop_some_shards(relation, ARRAY(SELECT shardid FROM pg_dist_shard WHERE logicalrelid = relation), false);
$$;

-- Bounds that somebody writes are kept as their type writes them in ISO style, so that they mean the same in every session.
CREATE OR REPLACE FUNCTION tangelo_iso_text(value text, type_name text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, MDY' SET IntervalStyle = 'postgres' SET extra_float_digits = 1 SET bytea_output = 'hex' AS $$
BEGIN
    EXECUTE format('SELECT $1::%s::text', type_name) INTO value USING value;
    RETURN value;
END $$;

CREATE OR REPLACE FUNCTION tangelo_bound(value text, type_oid oid, type_modifier integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    type_name text := format_type(tangelo_plain_type(type_oid), type_modifier);
BEGIN
    -- The session's DateStyle says how it is read.
    IF (SELECT typcategory FROM pg_type WHERE oid = type_oid) = 'D' THEN
        EXECUTE format('SELECT to_json($1::%s) #>> ''{}''', type_name) INTO value USING value;
    END IF;
    RETURN tangelo_iso_text(value, type_name);
END $$;

CREATE OR REPLACE FUNCTION tangelo_write_bounds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    -- An UPDATE of no rows would call this again.
    FOR r IN
        SELECT * FROM (
            SELECT w.shardid, w.shardminvalue, w.shardmaxvalue,
                tangelo_bound(w.shardminvalue, a.atttypid, a.atttypmod) AS least, tangelo_bound(w.shardmaxvalue, a.atttypid, a.atttypmod) AS greatest
            FROM written w JOIN pg_dist_partition p ON p.logicalrelid = w.logicalrelid AND p.partmethod IN ('a', 'r')
            JOIN pg_attribute a ON a.attrelid = p.logicalrelid AND a.attnum = p.partkey::smallint
            WHERE w.shardminvalue IS NOT NULL OR w.shardmaxvalue IS NOT NULL) b
        WHERE (b.shardminvalue, b.shardmaxvalue) IS DISTINCT FROM (b.least, b.greatest)
    LOOP
        UPDATE pg_dist_shard SET shardminvalue = r.least, shardmaxvalue = r.greatest WHERE shardid = r.shardid;
    END LOOP;
    IF EXISTS (SELECT FROM written w JOIN pg_dist_partition p ON p.logicalrelid = w.logicalrelid AND p.partmethod IN ('a', 'r')) THEN
        -- Somebody who comes past the routers has no session there.
        BEGIN
            PERFORM tangelo_call('metadata_changed');
        EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection OR cannot_connect_now THEN
            NULL;
        END;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tangelo_bounds_inserted AFTER INSERT ON pg_dist_shard REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION tangelo_write_bounds();
CREATE OR REPLACE TRIGGER tangelo_bounds_updated AFTER UPDATE ON pg_dist_shard REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION tangelo_write_bounds();
ALTER TABLE pg_dist_shard ENABLE ALWAYS TRIGGER tangelo_bounds_inserted;
ALTER TABLE pg_dist_shard ENABLE ALWAYS TRIGGER tangelo_bounds_updated;
