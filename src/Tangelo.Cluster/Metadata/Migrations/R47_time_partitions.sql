-- Partitions by time: RANGE over one column.

CREATE OR REPLACE FUNCTION time_partition_range(table_name regclass, OUT lower_bound text, OUT upper_bound text) RETURNS record
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bound text := (SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = table_name AND relispartition);
    parts text[];
BEGIN
    IF bound IS NULL THEN
        RAISE EXCEPTION 'relation "%" is not a partition', (SELECT relname FROM pg_class WHERE oid = table_name) USING ERRCODE = '42809';
    END IF;
    IF (SELECT partstrat <> 'r' OR partnatts <> 1 FROM pg_partitioned_table WHERE partrelid = (SELECT inhparent FROM pg_inherits WHERE inhrelid = table_name)) THEN
        RAISE EXCEPTION 'relation "%" is a partition of a table that is not partitioned by range over one column',
            (SELECT relname FROM pg_class WHERE oid = table_name) USING ERRCODE = '0A000';
    END IF;
    parts := regexp_match(bound, '^FOR VALUES FROM \((.*)\) TO \((.*)\)$');
    lower_bound := tangelo_bound_value(parts[1]);
    upper_bound := tangelo_bound_value(parts[2]);
END $$;

-- MINVALUE and MAXVALUE are no values.
CREATE OR REPLACE FUNCTION tangelo_bound_value(bound text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN bound LIKE '''%''' THEN replace(substr(bound, 2, length(bound) - 2), '''''', '''') WHEN bound IN ('MINVALUE', 'MAXVALUE') THEN NULL ELSE bound END;
$$;

CREATE OR REPLACE VIEW time_partitions AS
    SELECT p.partrelid::regclass AS parent_table, a.attname AS partition_column, c.oid::regclass AS partition, r.lower_bound AS from_value, r.upper_bound AS to_value,
        coalesce(m.amname, 'heap') AS access_method
    FROM pg_partitioned_table p
    JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    JOIN pg_inherits i ON i.inhparent = p.partrelid
    JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'f', 'p')
    LEFT JOIN pg_am m ON m.oid = c.relam
    CROSS JOIN LATERAL time_partition_range(c.oid) r
    WHERE p.partstrat = 'r' AND p.partnatts = 1 AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
    ORDER BY p.partrelid::regclass::text, r.lower_bound;
GRANT SELECT ON time_partitions TO public;

-- The type of the column that a table is partitioned by.
CREATE OR REPLACE FUNCTION tangelo_time_column_type(relation regclass) RETURNS regtype
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_partitioned_table;
    column_type regtype;
    table_name name := (SELECT relname FROM pg_class WHERE oid = relation);
BEGIN
    SELECT * INTO p FROM pg_partitioned_table WHERE partrelid = relation;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is not partitioned', table_name USING ERRCODE = '42809';
    END IF;
    IF p.partnatts <> 1 THEN
        RAISE EXCEPTION 'partitioned tables with multiple partition columns are not supported' USING ERRCODE = '0A000';
    END IF;
    column_type := (SELECT atttypid FROM pg_attribute WHERE attrelid = relation AND attnum = p.partattrs[0]);
    IF column_type IS NULL OR p.partstrat <> 'r' OR column_type NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
        RAISE EXCEPTION 'type of the partition column of the table % must be date, timestamp or timestamptz', table_name USING ERRCODE = '42804';
    END IF;
    RETURN column_type;
END $$;

-- The ranges between from_value and to_value that no partition covers yet, in steps of the interval that go on from the first partition.
CREATE OR REPLACE FUNCTION get_missing_time_partition_ranges(
    table_name regclass, partition_interval interval, to_value timestamp with time zone, from_value timestamp with time zone DEFAULT now())
RETURNS TABLE (partition_name text, range_from_value text, range_to_value text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    column_type regtype := tangelo_time_column_type(table_name);
    is_date boolean := column_type = 'date'::regtype;
    name_format text;
    base name := (SELECT relname FROM pg_class WHERE oid = table_name);
    low timestamptz;
    high timestamptz;
    first_low timestamptz;
    first_high timestamptz;
    lows timestamptz[];
    highs timestamptz[];
    i integer := 1;
BEGIN
    IF partition_interval <= interval '0' OR (is_date AND (partition_interval < interval '1 day' OR date_trunc('day', partition_interval) <> partition_interval)) THEN
        RAISE EXCEPTION 'partition interval of % must be %', base, CASE WHEN is_date THEN 'in whole days' ELSE 'greater than zero' END USING ERRCODE = '22023';
    END IF;
    IF from_value >= to_value THEN
        RAISE EXCEPTION 'start date must be earlier than end date' USING ERRCODE = '22023';
    END IF;
    name_format := CASE WHEN partition_interval < interval '1 day' OR date_trunc('day', partition_interval) <> partition_interval THEN '"p"YYYY"_"MM"_"DD"_"HH24MI' ELSE '"p"YYYY"_"MM"_"DD' END;
    name_format := CASE partition_interval WHEN interval '1 year' THEN '"p"YYYY' WHEN interval '3 months' THEN '"p"YYYY"q"Q' WHEN interval '1 month' THEN '"p"YYYY"_"MM'
        WHEN interval '1 week' THEN '"p"IYYY"w"IW' ELSE name_format END;

    SELECT t.from_value::timestamptz, t.to_value::timestamptz INTO first_low, first_high
    FROM time_partitions t WHERE t.parent_table = table_name AND t.from_value IS NOT NULL ORDER BY t.from_value::timestamptz LIMIT 1;
    IF first_low IS NULL THEN
        low := date_trunc(CASE WHEN partition_interval < interval '1 hour' THEN 'minute' WHEN partition_interval < interval '1 day' THEN 'hour'
            WHEN partition_interval < interval '1 week' THEN 'day' WHEN partition_interval < interval '1 month' THEN 'week'
            WHEN partition_interval = interval '3 months' THEN 'quarter' WHEN partition_interval < interval '1 year' THEN 'month' ELSE 'year' END, from_value);
    ELSE
        IF first_low + partition_interval <> first_high THEN
            RAISE EXCEPTION 'partition interval does not match the existing partitions of %', base USING ERRCODE = '22023',
                DETAIL = format('The first partition covers %s to %s.', first_low, first_high);
        END IF;
        low := first_low;
        WHILE low > from_value LOOP
            low := low - partition_interval;
        END LOOP;
        WHILE low + partition_interval <= from_value LOOP
            low := low + partition_interval;
        END LOOP;
    END IF;

    -- Partitions do not overlap, so one walk along them is enough.
    SELECT array_agg(e.low ORDER BY e.low), array_agg(e.high ORDER BY e.low) INTO lows, highs
    FROM (SELECT coalesce(t.from_value::timestamptz, '-infinity') AS low, coalesce(t.to_value::timestamptz, 'infinity') AS high
        FROM time_partitions t WHERE t.parent_table = table_name) e;
    WHILE low < to_value LOOP
        high := low + partition_interval;
        WHILE highs[i] <= low LOOP
            i := i + 1;
        END LOOP;
        IF lows[i] < high AND (lows[i] <> low OR highs[i] <> high) THEN
            RAISE EXCEPTION 'partition interval does not match the existing partitions of %', base USING ERRCODE = '22023',
                DETAIL = format('A partition overlaps %s to %s.', low, high);
        ELSIF lows[i] < high IS NOT TRUE THEN
            partition_name := left(base, 62 - length(to_char(low, name_format))) || '_' || to_char(low, name_format);
            range_from_value := CASE column_type WHEN 'date'::regtype THEN low::date::text WHEN 'timestamp'::regtype THEN low::timestamp::text ELSE low::text END;
            range_to_value := CASE column_type WHEN 'date'::regtype THEN high::date::text WHEN 'timestamp'::regtype THEN high::timestamp::text ELSE high::text END;
            RETURN NEXT;
        END IF;
        low := high;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION create_time_partitions(
    table_name regclass, partition_interval interval, end_at timestamp with time zone, start_from timestamp with time zone DEFAULT now()) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    schema_name name := (SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = table_name);
    names text[];
    bounds text[];
BEGIN
    SELECT pg_catalog.array_agg(r.partition_name), pg_catalog.array_agg(pg_catalog.format('FOR VALUES FROM (%L) TO (%L)', r.range_from_value, r.range_to_value)) INTO names, bounds
    FROM pg_catalog.get_missing_time_partition_ranges(table_name, partition_interval, end_at, start_from) r;
    IF names IS NULL THEN
        RETURN false;
    END IF;
    -- Default privileges are those of whoever creates a table.
    IF pg_catalog.cardinality(names) > 1 AND EXISTS (SELECT FROM pg_catalog.pg_dist_partition WHERE logicalrelid = table_name)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl) THEN
        PERFORM pg_catalog.tangelo_create_partitions(table_name, schema_name, names, bounds);
        RETURN true;
    END IF;
    FOR i IN 1 .. pg_catalog.cardinality(names) LOOP
        EXECUTE pg_catalog.format('CREATE TABLE %I.%I PARTITION OF %s %s', schema_name, names[i], table_name, bounds[i]);
    END LOOP;
    RETURN true;
END $$;

-- Many partitions of a distributed table at once, for the caller. Those that are made lie aside until all are there, and become foreign tables then.
CREATE OR REPLACE FUNCTION tangelo_create_partitions(parent regclass, schema_name name, names text[], bounds text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    made oid[] := '{}';
BEGIN
    PERFORM tangelo_require_distributed(parent);
    PERFORM tangelo_require_owner(parent);
    IF NOT has_schema_privilege(tangelo_caller(), schema_name, 'CREATE') THEN
        RAISE EXCEPTION 'permission denied for schema %', schema_name USING ERRCODE = '42501';
    END IF;
    IF EXISTS (SELECT FROM unnest(bounds) b WHERE b !~ '^FOR VALUES FROM \(''[^''\\]*''\) TO \(''[^''\\]*''\)$') THEN
        RAISE EXCEPTION 'bounds of time partitions must be literals' USING ERRCODE = '22023';
    END IF;
    PERFORM tangelo_lock_metadata();
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
    PERFORM tangelo_put_partitions_aside(parent, ARRAY(SELECT inhrelid FROM pg_inherits WHERE inhparent = parent));
    FOR i IN 1 .. cardinality(names) LOOP
        EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s %s', schema_name, names[i], parent, bounds[i]);
        EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', schema_name, names[i], tangelo_caller());
        made := made || format('%I.%I', schema_name, names[i])::regclass::oid;
        IF i % 100 = 0 THEN
            DELETE FROM pg_inherits WHERE inhparent = parent AND inhrelid = ANY (made[i - 99 : i]);
            PERFORM tangelo_look_again(parent);
        END IF;
    END LOOP;
    PERFORM tangelo_adopt_partitions(parent, made);
    PERFORM tangelo_return_partitions(parent);
END $$;

CREATE OR REPLACE PROCEDURE drop_old_time_partitions(table_name regclass, older_than timestamp with time zone)
LANGUAGE plpgsql AS $$
DECLARE
    r record;
    foreigners text[] := '{}';
BEGIN
    PERFORM pg_catalog.tangelo_time_column_type(table_name);
    FOR r IN
        SELECT t.partition, t.partition::text AS name, c.relkind, t.from_value, t.to_value,
            EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.confrelid = c.oid AND k.contype = 'f' AND k.conparentid <> 0) AS is_referenced
        FROM pg_catalog.time_partitions t JOIN pg_catalog.pg_class c ON c.oid = t.partition
        WHERE t.parent_table = table_name AND t.to_value IS NOT NULL AND t.to_value::timestamptz <= older_than ORDER BY t.to_value::timestamptz
    LOOP
        RAISE NOTICE 'dropping % with start time % and end time %', r.partition, r.from_value, r.to_value;
        -- One that a foreign key refers to has to leave its table first, which it does where no row refers to its rows.
        IF r.is_referenced THEN
            EXECUTE pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s', table_name, r.partition);
            EXECUTE pg_catalog.format('DROP TABLE %s', r.name);
        ELSIF r.relkind = 'f' THEN
            foreigners := foreigners || r.partition::text;
        ELSE
            EXECUTE pg_catalog.format('DROP TABLE %s', r.partition);
        END IF;
    END LOOP;
    -- Those of a distributed table at once: their shards go with one round trip for each node.
    IF pg_catalog.cardinality(foreigners) > 0 THEN
        EXECUTE pg_catalog.format('DROP FOREIGN TABLE %s', pg_catalog.array_to_string(foreigners, ', '));
    END IF;
END $$;
