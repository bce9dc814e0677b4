-- What must hold before a table can be distributed. Each check raises PostgreSQL's or Citus' code.

-- The role that runs the statement, also from within a SECURITY DEFINER function.
CREATE OR REPLACE FUNCTION tangelo_caller() RETURNS name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN current_setting('role') = 'none' THEN session_user ELSE current_setting('role')::name END;
$$;

CREATE OR REPLACE FUNCTION tangelo_require_owner(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(tangelo_caller(), (SELECT relowner FROM pg_class WHERE oid = relation), 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of table %', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '42501';
    END IF;
END $$;

-- The type's default hash operator class; NULL for a type that cannot be hashed.
CREATE OR REPLACE FUNCTION tangelo_hash_class(type_oid oid) RETURNS oid
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    t pg_type;
    found oid;
BEGIN
    SELECT * INTO t FROM pg_type WHERE oid = type_oid;
    WHILE t.typtype = 'd' LOOP
        SELECT * INTO t FROM pg_type WHERE oid = t.typbasetype;
    END LOOP;

    SELECT o.oid INTO found
    FROM (
        SELECT t.oid AS candidate, 0 AS rank
        UNION ALL
        SELECT casttarget, 1 FROM pg_cast WHERE castsource = t.oid AND castmethod = 'b' AND castcontext = 'i'
        UNION ALL
        SELECT CASE
            WHEN t.typtype = 'e' THEN 'anyenum'::regtype
            WHEN t.typtype = 'r' THEN 'anyrange'::regtype
            WHEN t.typtype = 'm' THEN 'anymultirange'::regtype
            WHEN t.typtype = 'c' THEN 'record'::regtype
            WHEN t.typelem <> 0 AND t.typcategory = 'A' THEN 'anyarray'::regtype END, 2) c
    JOIN pg_opclass o ON o.opcintype = c.candidate AND o.opcdefault AND o.opcmethod = (SELECT oid FROM pg_am WHERE amname = 'hash')
    JOIN pg_amproc p ON p.amprocfamily = o.opcfamily AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype AND p.amprocnum = 1
    JOIN pg_type ct ON ct.oid = c.candidate
    ORDER BY c.rank, ct.typispreferred DESC LIMIT 1;
    RETURN found;
END $$;

-- Its support function 1.
CREATE OR REPLACE FUNCTION tangelo_hash_function(type_oid oid) RETURNS regproc
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT p.amproc FROM pg_opclass o JOIN pg_amproc p
        ON p.amprocfamily = o.opcfamily AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype AND p.amprocnum = 1
        WHERE o.oid = tangelo_hash_class(type_oid));
END $$;

-- A table that comes or goes must not be one that policies on shards read: they name its shards, or itself.
CREATE OR REPLACE FUNCTION tangelo_check_policy_readers(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reader record;
BEGIN
    SELECT p.polname, c.relname INTO reader
    FROM pg_depend d JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
    JOIN pg_class c ON c.oid = p.polrelid JOIN pg_dist_partition t ON t.logicalrelid = p.polrelid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND p.polrelid <> relation
    ORDER BY p.polname, c.relname LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'cannot change where the rows of table "%" are', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = format('Policy "%s" of table "%s" reads it.', reader.polname, reader.relname),
            HINT = 'Drop the policy, and make it again afterwards.';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_check_relation(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c pg_class;
BEGIN
    SELECT * INTO c FROM pg_class WHERE oid = relation;
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE EXCEPTION 'table "%" is already distributed', c.relname USING ERRCODE = '42P16';
    END IF;
    IF c.relkind NOT IN ('r', 'p', 'f') THEN
        RAISE EXCEPTION '"%" is not a regular, foreign or partitioned table', c.relname USING ERRCODE = '42809';
    END IF;
    IF c.relispartition THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', c.relname USING ERRCODE = '0A000', DETAIL = 'It is a partition.',
            HINT = 'Distribute the partitioned table: its partitions go with it.';
    END IF;
    IF c.relkind = 'p' THEN
        PERFORM tangelo_check_partitioned(relation);
    END IF;
    IF c.relkind = 'f' THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', c.relname USING ERRCODE = '0A000', DETAIL = 'It is a foreign table.';
    END IF;
    IF c.relpersistence = 't' THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', c.relname USING ERRCODE = '0A000', DETAIL = 'It is a temporary table.';
    END IF;
    IF c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'citus'::regnamespace) THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', c.relname USING ERRCODE = '0A000', DETAIL = 'It is a system catalog.';
    END IF;
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = relation OR (inhparent = relation AND c.relkind <> 'p')) THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', c.relname USING ERRCODE = '0A000',
            DETAIL = 'It takes part in table inheritance.';
    END IF;
    PERFORM tangelo_check_triggers(relation);
    PERFORM tangelo_check_policy_readers(relation);
    -- -6 is tableoid.
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype = 'c' AND (-6)::smallint = ANY (conkey)) THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', c.relname USING ERRCODE = '0A000',
            DETAIL = 'A CHECK constraint reads tableoid, which is another one on each shard.', HINT = 'Drop the constraint and try again.';
    END IF;
END $$;

-- The number of the distribution column.
CREATE OR REPLACE FUNCTION tangelo_check_distribution_column(relation regclass, column_name text) RETURNS smallint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a pg_attribute;
    table_name name := (SELECT relname FROM pg_class WHERE oid = relation);
    r record;
BEGIN
    SELECT * INTO a FROM pg_attribute WHERE attrelid = relation AND attname = column_name AND attnum > 0 AND NOT attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of relation "%" does not exist', column_name, table_name USING ERRCODE = '42703';
    END IF;
    IF a.attgenerated <> '' THEN
        RAISE EXCEPTION 'cannot distribute relation: %', table_name USING ERRCODE = '0A000',
            DETAIL = 'The distribution column must not be a generated column.';
    END IF;
    IF tangelo_hash_function(a.atttypid) IS NULL THEN
        RAISE EXCEPTION 'could not identify a hash function for type %', format_type(a.atttypid, NULL) USING ERRCODE = '42883',
            DETAIL = 'The type of a distribution column needs a default operator class for hashing.';
    END IF;
    IF a.attcollation <> 0 AND NOT (SELECT collisdeterministic FROM pg_collation WHERE oid = a.attcollation) THEN
        RAISE EXCEPTION 'cannot distribute relation: %', table_name USING ERRCODE = '0A000',
            DETAIL = 'The collation of the distribution column is not deterministic.';
    END IF;

    FOR r IN
        SELECT i.indexrelid, c.conexclop, i.indkey, c.contype
        FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x') AND c.conrelid = relation
        WHERE i.indrelid = relation AND (i.indisunique OR i.indisexclusion)
    LOOP
        IF NOT EXISTS (
            SELECT FROM generate_series(0, (SELECT indnkeyatts FROM pg_index WHERE indexrelid = r.indexrelid) - 1) k
            WHERE r.indkey[k] = a.attnum AND (r.contype IS DISTINCT FROM 'x' OR EXISTS (
                SELECT FROM pg_amop o WHERE o.amopopr = r.conexclop[k + 1] AND o.amopstrategy = 1
                AND o.amopmethod = (SELECT oid FROM pg_am WHERE amname = 'hash')))) THEN
            RAISE EXCEPTION 'cannot create constraint on "%"', table_name USING ERRCODE = '0A000',
                DETAIL = 'A primary key, unique or exclusion constraint of a distributed table must contain the distribution column, '
                    'in an exclusion constraint with the equality operator.',
                HINT = format('Add column "%s" to the key, or distribute the table by a column of the key.', column_name);
        END IF;
    END LOOP;
    RETURN a.attnum;
END $$;

-- Foreign keys must be checkable on one node: between co-located columns, or to a reference table.
CREATE OR REPLACE FUNCTION tangelo_check_foreign_keys(relation regclass, colocation integer, is_reference boolean, key smallint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    table_name name := (SELECT relname FROM pg_class WHERE oid = relation);
BEGIN
    FOR r IN
        SELECT c.conname, c.conkey, c.confkey, c.conrelid, c.confrelid, other.relname AS other_name, c.conrelid = relation AS is_outgoing,
            p.logicalrelid IS NOT NULL AS other_distributed, p.partmethod = 'n' AND p.repmodel = 't' AS other_reference,
            p.colocationid AS other_colocation, p.partkey AS other_key,
            -- The row would belong to another shard, and the nodes do not know it.
            key = ANY (c.conkey) AND (c.confupdtype IN ('n', 'd', 'c') OR c.confdeltype IN ('n', 'd') AND key = ANY (coalesce(c.confdelsetcols, c.conkey))) AS moves
        FROM pg_constraint c
        JOIN pg_class other ON other.oid = CASE WHEN c.conrelid = relation THEN c.confrelid ELSE c.conrelid END
        LEFT JOIN pg_dist_partition p ON p.logicalrelid = other.oid
        WHERE c.contype = 'f' AND c.conparentid = 0 AND relation IN (c.conrelid, c.confrelid)
    LOOP
        IF r.conrelid = r.confrelid THEN
            r.other_distributed := true;
            r.other_reference := is_reference;
            r.other_colocation := colocation;
            r.other_key := key;
        END IF;

        IF NOT r.other_distributed THEN
            IF r.is_outgoing THEN
                RAISE EXCEPTION 'referenced table "%" must be a distributed table or a reference table', r.other_name USING ERRCODE = '0A000',
                    DETAIL = 'A foreign key is checked on the node of the row: both rows must be there.',
                    HINT = format('Run SELECT create_reference_table(%L) first, or drop the foreign key "%s".', r.other_name, r.conname);
            END IF;
            -- It waits to be distributed too.
            CONTINUE;
        END IF;

        IF r.is_outgoing AND NOT is_reference AND r.moves THEN
            RAISE EXCEPTION 'cannot create foreign key constraint since its action would change the distribution column' USING ERRCODE = '0A000',
                DETAIL = format('Foreign key "%s" of table "%s".', r.conname, table_name),
                HINT = 'Use NO ACTION or RESTRICT; ON DELETE CASCADE is possible, and SET NULL or SET DEFAULT of other columns.';
        END IF;

        IF r.is_outgoing AND r.other_reference THEN
            NULL;
        ELSIF r.is_outgoing AND is_reference OR NOT r.is_outgoing AND NOT is_reference AND (r.other_reference OR r.other_colocation = 0) THEN
            PERFORM tangelo_refuse_key_to_distributed();
        ELSIF NOT r.is_outgoing AND is_reference THEN
            NULL;
        ELSIF r.other_colocation IS NOT DISTINCT FROM colocation AND key IS NULL AND NOT is_reference THEN
            -- In one shard, or in two of one node.
            NULL;
        ELSIF r.other_colocation IS DISTINCT FROM colocation OR NOT EXISTS (
            SELECT FROM unnest(r.conkey, r.confkey) AS u(here, there)
            WHERE CASE WHEN r.is_outgoing THEN u.here = key AND u.there::text = r.other_key ELSE u.there = key AND u.here::text = r.other_key END) THEN
            RAISE EXCEPTION 'cannot create foreign key constraint since relations are not colocated or not referencing a reference table'
                USING ERRCODE = '0A000',
                DETAIL = format('Foreign key "%s" between "%s" and "%s" must pair the distribution columns of co-located tables.', r.conname, table_name, r.other_name);
        END IF;
    END LOOP;
END $$;
