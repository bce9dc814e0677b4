using Npgsql;
using Xunit;

namespace Tangelo.Cluster.Tests;

public sealed class DistributingTablesTests(DistributingTablesTests.Cluster cluster) : IClassFixture<DistributingTablesTests.Cluster>
{
    [Fact]
    public async Task A_table_gets_32_shards_round_robin_over_the_workers()
    {
        await cluster.RunAsync("CREATE TABLE users (id serial PRIMARY KEY, name text); SELECT create_distributed_table('users', 'id')");

        var places = await cluster.RunAsync(
            "SELECT nodeport, count(*) FROM pg_dist_shard JOIN pg_dist_placement USING (shardid) JOIN pg_dist_node USING (groupid) WHERE logicalrelid = 'users'::regclass GROUP BY 1");
        Assert.Equal(
            new[] { cluster.Worker1.Port, cluster.Worker2.Port }.Select(p => $"{p}|16").Order(),
            places.Order());
        Assert.Equal("16", await ClusterFixture.QueryAsync(cluster.Worker1, @"SELECT count(*) FROM pg_tables WHERE tablename LIKE 'users\_1%'"));
        Assert.Equal("16", await ClusterFixture.QueryAsync(cluster.Worker2, @"SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'users\_pkey\_1%'"));

        var table = (await cluster.LoadAsync()).Find("public", "users")!;
        Assert.Equal(int.MinValue, table.Shards[0].MinHash);
        Assert.Equal(int.MaxValue, table.Shards[^1].MaxHash);
        Assert.Equal("id", table.DistributionColumn!.Name);
        Assert.Equal(Catalog.Model.ColumnDefaultKind.OnCoordinator, table.DistributionColumn.DefaultKind);
    }

    [Theory]
    [InlineData("CREATE TABLE bad (a int); SELECT create_distributed_table('bad', 'b')", "42703", "column \"b\" of relation \"bad\" does not exist")]
    [InlineData("CREATE TABLE bad (a int, b int UNIQUE); SELECT create_distributed_table('bad', 'a')", "0A000", "cannot create constraint on \"bad\"")]
    [InlineData("CREATE TABLE bad (a int); SELECT create_distributed_table('bad', 'a'); SELECT create_distributed_table('bad', 'a')", "42P16", "table \"bad\" is already distributed")]
    [InlineData("CREATE TABLE bad (a point); SELECT create_distributed_table('bad', 'a')", "42883", "could not identify a hash function for type point")]
    [InlineData("CREATE VIEW bad AS SELECT 1 AS a; SELECT create_distributed_table('bad', 'a')", "42809", "\"bad\" is not a regular, foreign or partitioned table")]
    [InlineData("CREATE TABLE bad (a int, b int REFERENCES bad_parent); SELECT create_distributed_table('bad', 'a')", "0A000", "referenced table \"bad_parent\" must be a distributed table or a reference table")]
    public async Task What_cannot_be_distributed_is_refused_and_nothing_stays(string sql, string code, string message)
    {
        await cluster.RunAsync("CREATE TABLE IF NOT EXISTS bad_parent (id int PRIMARY KEY)");

        var error = await Assert.ThrowsAsync<PostgresException>(() => cluster.RunAsync(sql));

        Assert.Equal(code, error.SqlState);
        Assert.Equal(message, error.MessageText);
        Assert.Equal("0", await ClusterFixture.QueryAsync(cluster.Worker1, @"SELECT count(*) FROM pg_tables WHERE tablename LIKE 'bad\_1%'"));
    }

    [Fact]
    public async Task Tables_of_one_key_type_are_co_located_unless_told_otherwise()
    {
        await cluster.RunAsync(
            """
            CREATE TABLE a1 (k bigint); CREATE TABLE a2 (k bigint); CREATE TABLE a3 (k bigint); CREATE TABLE a4 (k bigint);
            SELECT create_distributed_table('a1', 'k', shard_count := 8);
            SELECT create_distributed_table('a2', 'k', shard_count => 8);
            SELECT create_distributed_table('a3', 'k', colocate_with => 'none', shard_count => 8);
            SELECT create_distributed_table('a4', 'k', colocate_with => 'a3', replication_factor => 1);
            """);

        var groups = await cluster.RunAsync("SELECT colocationid FROM pg_dist_partition WHERE logicalrelid::text ~ '^a[1-4]$' ORDER BY logicalrelid::text");
        Assert.Equal(groups[0], groups[1]);
        Assert.NotEqual(groups[0], groups[2]);
        Assert.Equal(groups[2], groups[3]);
    }

    [Fact]
    public async Task Everything_a_table_needs_reaches_the_nodes()
    {
        await cluster.RunAsync(
            """
            CREATE EXTENSION hstore;
            CREATE SCHEMA "S x";
            CREATE TYPE "S x".mood AS ENUM ('sad', 'o''k', 'happy');
            CREATE DOMAIN public.posint AS int DEFAULT 5 NOT NULL CHECK (value > 0);
            CREATE TYPE public.pair AS (a int, m "S x".mood);
            CREATE FUNCTION public.f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + 1';
            CREATE TYPE public.frange AS RANGE (subtype = float8, subtype_diff = float8mi);
            CREATE COLLATION public.de (provider = icu, locale = 'de-DE');
            CREATE TABLE "S x"."T""b" (id bigserial PRIMARY KEY, dropped int, m "S x".mood DEFAULT 'sad', p posint CHECK (p > 1), pr pair[], fr frange,
                h hstore, n int DEFAULT public.f(3), g int GENERATED ALWAYS AS (public.f(2)) STORED, c text COLLATE public.de DEFAULT 'x''\y',
                ts timestamptz DEFAULT now(), i int GENERATED ALWAYS AS IDENTITY, "char" char(4),
                CONSTRAINT "u k" UNIQUE (id, n) INCLUDE (g) DEFERRABLE INITIALLY DEFERRED) WITH (fillfactor = 70);
            ALTER TABLE "S x"."T""b" DROP COLUMN dropped;
            CREATE INDEX ON "S x"."T""b" (lower(c)) WHERE n > 3;
            CREATE UNIQUE INDEX "we ird" ON "S x"."T""b" USING btree (id DESC, c COLLATE "C") INCLUDE (n) WITH (fillfactor = 50);
            ALTER TABLE "S x"."T""b" ALTER c SET STORAGE external, ALTER n SET STATISTICS 500;
            ALTER TABLE "S x"."T""b" REPLICA IDENTITY USING INDEX "T""b_pkey";
            CREATE STATISTICS "S x".st ON n, (p + 1) FROM "S x"."T""b";
            CREATE ROLE joe;
            GRANT SELECT, UPDATE (n) ON "S x"."T""b" TO joe;
            ALTER TABLE "S x"."T""b" ENABLE ROW LEVEL SECURITY;
            CREATE POLICY pp ON "S x"."T""b" FOR SELECT TO joe USING (n > public.f(2));
            ALTER TABLE "S x"."T""b" ADD FOREIGN KEY (id) REFERENCES "S x"."T""b" (id) ON DELETE CASCADE DEFERRABLE;
            SELECT create_distributed_table('"S x"."T""b"', 'id', shard_count => 2);
            """);

        const string shard = """(SELECT min(oid) FROM pg_class WHERE relname LIKE 'T"b\_1%' AND relkind = 'r')""";
        Assert.Equal("12", await ClusterFixture.QueryAsync(cluster.Worker1, $"SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND attrelid = {shard}"));
        Assert.Equal("4", await ClusterFixture.QueryAsync(cluster.Worker1, $"SELECT count(*) FROM pg_index WHERE indrelid = {shard}"));
        Assert.Equal("1", await ClusterFixture.QueryAsync(cluster.Worker1, $"SELECT count(*) FROM pg_policy WHERE polrelid = {shard}"));
        Assert.Equal("1", await ClusterFixture.QueryAsync(cluster.Worker1, $"SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = {shard}"));
        Assert.Equal("x'\\y", await ClusterFixture.QueryAsync(
            cluster.Worker1, $"SELECT substr(pg_get_expr(adbin, adrelid), 2, 5) FROM pg_attrdef WHERE adrelid = {shard} AND pg_get_expr(adbin, adrelid) LIKE '''x%'").ContinueWith(t => t.Result?.Replace("''", "'")));
    }

    [Fact]
    public async Task A_reference_table_is_on_every_node()
    {
        await cluster.RunAsync(
            """
            CREATE TABLE countries (code char(2) PRIMARY KEY);
            SELECT create_reference_table('countries');
            """);

        Assert.Equal("2", (await cluster.RunAsync("SELECT count(*) FROM pg_dist_placement JOIN pg_dist_shard USING (shardid) WHERE logicalrelid = 'countries'::regclass"))[0]);
    }

    [Fact]
    public async Task Dropping_the_table_drops_metadata_and_shards_also_with_its_schema()
    {
        await cluster.RunAsync(
            """
            CREATE SCHEMA gone; CREATE TABLE gone.t1 (id int); CREATE TABLE gone_t2 (id int);
            SELECT create_distributed_table('gone.t1', 'id', shard_count => 4);
            SELECT create_distributed_table('gone_t2', 'id', shard_count => 4);
            """);
        Assert.Equal("4", await ClusterFixture.QueryAsync(cluster.Worker1, @"SELECT count(*) FROM pg_tables WHERE schemaname = 'gone' OR tablename LIKE 'gone\_t2\_%'"));

        await cluster.RunAsync("DROP TABLE gone_t2; DROP SCHEMA gone CASCADE");

        Assert.Equal("0", await ClusterFixture.QueryAsync(cluster.Worker1, @"SELECT count(*) FROM pg_tables WHERE schemaname = 'gone' OR tablename LIKE 'gone\_t2\_%'"));
        Assert.Equal("0", (await cluster.RunAsync("SELECT count(*) FROM pg_dist_partition WHERE to_regclass(logicalrelid::text) IS NULL"))[0]);
    }

    public sealed class Cluster : IAsyncLifetime
    {
        private readonly ClusterFixture _cluster = new();

        internal PostgresServer Worker1 => _cluster.Worker1;

        internal PostgresServer Worker2 => _cluster.Worker2;

        public async Task InitializeAsync()
        {
            await _cluster.InitializeAsync();
            await _cluster.RunAsync($"SELECT citus_add_node('127.0.0.1', {Worker1.Port}), citus_add_node('127.0.0.1', {Worker2.Port})");
        }

        public Task DisposeAsync() => _cluster.DisposeAsync();

        internal Task<IReadOnlyList<string>> RunAsync(string sql) => _cluster.RunAsync(sql);

        internal Task<Catalog.Model.ClusterMap> LoadAsync() => _cluster.LoadAsync();
    }
}
