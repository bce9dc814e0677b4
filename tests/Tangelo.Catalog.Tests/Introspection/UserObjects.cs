namespace Tangelo.Catalog.Tests.Introspection;

/// <summary>The same objects of a user's in a plain database and on a coordinator, and what Tangelo adds there.</summary>
internal static class UserObjects
{
    /// <summary>Tables called users and orders are to be distributed.</summary>
    public const string Sql =
        """
        CREATE SCHEMA app;
        CREATE TYPE mood AS ENUM ('sad', 'glad');
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL CHECK (name <> ''), feels mood DEFAULT 'sad', made date DEFAULT now());
        CREATE INDEX users_name ON users (lower(name));
        CREATE TABLE orders (user_id bigint REFERENCES users, id bigserial, amount numeric(10,2), n positive, note text COLLATE "C",
            PRIMARY KEY (user_id, id));
        CREATE TABLE app.local (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x int);
        CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TRIGGER touch BEFORE INSERT ON app.local FOR EACH ROW EXECUTE FUNCTION app.touch();
        CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION app.touch();
        INSERT INTO app.local (x) VALUES (1), (2);
        CREATE TABLE parent (a int, b text);
        CREATE TABLE child (c int) INHERITS (parent);
        CREATE TABLE parted (d date) PARTITION BY RANGE (d);
        CREATE TABLE parted_2024 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        CREATE VIEW app.glad AS SELECT u.id, sum(o.amount) AS total FROM users u JOIN orders o ON o.user_id = u.id GROUP BY 1;
        CREATE MATERIALIZED VIEW app.counted AS SELECT count(*) FROM app.local;
        CREATE STATISTICS users_stats ON id, made FROM users;
        CREATE FUNCTION app.total(bigint) RETURNS numeric LANGUAGE sql AS 'SELECT sum(amount) FROM orders WHERE user_id = $1';
        COMMENT ON TABLE users IS 'who';
        COMMENT ON COLUMN users.name IS 'how';
        GRANT SELECT ON users TO introspected;
        GRANT UPDATE (name) ON users TO introspected;
        GRANT USAGE ON SCHEMA app TO introspected;
        CREATE RULE quiet AS ON DELETE TO parent DO INSTEAD NOTHING;
        ALTER TABLE app.local ENABLE ROW LEVEL SECURITY;
        CREATE POLICY mine ON app.local USING (x > 1);
        CREATE PUBLICATION two FOR TABLE users, app.local;
        ALTER TABLE orders OWNER TO introspected;
        """;

    /// <summary>What distributing the two tables over the coordinator itself leaves there.</summary>
    public const string DistributedSql =
        """
        SET allow_system_table_mods = on;
        DO $$
        DECLARE
            shell regclass;
            shard bigint := 102008;
        BEGIN
            FOREACH shell IN ARRAY '{users, orders}'::regclass[] LOOP
                EXECUTE format('CREATE FOREIGN TABLE pg_catalog.%I () INHERITS (%s) SERVER tangelo_loopback
                    OPTIONS (schema_name ''tangelo_loopback'', table_name ''t%s'')', 'tangelo_' || shell::oid, shell, shell::oid);
                EXECUTE format('CREATE TRIGGER tangelo_forward AFTER INSERT ON %s REFERENCING NEW TABLE AS newrows
                    FOR EACH STATEMENT EXECUTE FUNCTION pg_catalog.tangelo_forward()', shell);
                INSERT INTO pg_dist_partition (logicalrelid, partmethod, partkey, colocationid, repmodel) VALUES (shell, 'h', NULL, 1, 's');
                FOR piece IN 0 .. 1 LOOP
                    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', shell || '_' || shard, shell);
                    INSERT INTO pg_dist_shard (logicalrelid, shardid, shardstorage, shardminvalue, shardmaxvalue)
                        VALUES (shell, shard, 't', piece, piece);
                    INSERT INTO pg_dist_placement (shardid, shardstate, shardlength, groupid) VALUES (shard, 1, 0, 0);
                    shard := shard + 1;
                END LOOP;
            END LOOP;
            ALTER TABLE orders_102010 ADD FOREIGN KEY (user_id) REFERENCES users_102008;
            INSERT INTO users_102008 SELECT g, 'n' FROM generate_series(1, 100) g;
            PERFORM tangelo_disable_foreign_keys('users');
        END $$;
        ANALYZE users_102008;
        """;
}
