-- Upserts by loops and cursors of PL/pgSQL: their text stands in pg_cursors.
CREATE TABLE looped (id bigint PRIMARY KEY, k int, v text);
INSERT INTO looped SELECT i, i, 'x' FROM generate_series(1,5) i;
-- cluster: select from create_distributed_table('looped','id')
DO $$ DECLARE x record; BEGIN FOR x IN EXECUTE 'INSERT INTO looped VALUES (1), (6) ON CONFLICT DO NOTHING RETURNING *' LOOP RAISE NOTICE '%', x; END LOOP; END $$;
DO $$ DECLARE x record; BEGIN FOR x IN EXECUTE 'INSERT INTO looped VALUES (1, 7, ''a''), (7, 7, ''b'') ON CONFLICT (id) DO UPDATE SET k = excluded.k + looped.k, v = excluded.v RETURNING *' LOOP RAISE NOTICE '%', x; END LOOP; END $$;
DO $$ DECLARE x record; y record; BEGIN FOR y IN EXECUTE 'SELECT * FROM looped ORDER BY id' LOOP FOR x IN EXECUTE format('INSERT INTO looped VALUES (%s, 0) ON CONFLICT (id) DO UPDATE SET k = looped.k + 1 RETURNING *', y.id) LOOP RAISE NOTICE '%', x; END LOOP; END LOOP; END $$;
DO $$ DECLARE x record; BEGIN FOR x IN EXECUTE 'INSERT INTO looped VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET k = excluded.k RETURNING *' USING 1, 99 LOOP RAISE NOTICE '%', x; END LOOP; END $$;
CREATE FUNCTION looping(i int) RETURNS SETOF looped LANGUAGE plpgsql AS $$ DECLARE x looped; BEGIN FOR x IN EXECUTE format('INSERT INTO looped VALUES (%s, 1) ON CONFLICT (id) DO UPDATE SET k = -1 RETURNING *', i) LOOP RETURN NEXT x; END LOOP; FOR x IN INSERT INTO looped VALUES (i, 4) ON CONFLICT (id) DO UPDATE SET k = looped.k * 10 RETURNING * LOOP RETURN NEXT x; END LOOP; END $$;
SELECT * FROM looping(2);
SELECT * FROM looping(20);
BEGIN;
DECLARE zz CURSOR FOR SELECT * FROM looped ORDER BY id;
FETCH zz;
SELECT * FROM looping(21);
FETCH zz;
COMMIT;
DO $$ DECLARE c refcursor := 'cc'; x record; BEGIN OPEN c FOR EXECUTE 'INSERT INTO looped VALUES (1, 7) ON CONFLICT (id) DO UPDATE SET k = 70 RETURNING *'; FETCH c INTO x; RAISE NOTICE '%', x; END $$;
SELECT * FROM looped ORDER BY id;
