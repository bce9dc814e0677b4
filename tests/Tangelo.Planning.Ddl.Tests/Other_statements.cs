using System.Text;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Ddl.Tests;

public sealed class Other_statements(PostgresFixture server) : DdlTest(server)
{
    private const string Tables = """
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE FUNCTION plus_one(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
        CREATE FUNCTION someone() RETURNS text LANGUAGE sql STABLE AS 'SELECT ''x''::text';
        CREATE TABLE users (id bigserial PRIMARY KEY, name text, email text, mood mood, p positive);
        CREATE TABLE kinds (id int PRIMARY KEY, name text);
        CREATE TABLE local_table (id int);
        CREATE INDEX users_name ON local_table (id);
        """;

    private async Task StartAsync()
    {
        await Database.ExecuteAsync(Tables);
        await Database.ExecuteAsync("DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN END $$");
        await Database.DistributeAsync("users", "id");
        await Database.DistributeAsync("kinds", null, colocation: 2);
    }

    [Theory]
    [InlineData("GRANT SELECT, UPDATE (name) ON users, kinds TO reader WITH GRANT OPTION")]
    [InlineData("GRANT ALL ON ALL TABLES IN SCHEMA public TO reader")]
    [InlineData("GRANT INSERT ON users TO PUBLIC; REVOKE INSERT ON TABLE users FROM PUBLIC CASCADE")]
    [InlineData("ALTER TABLE users OWNER TO reader")]
    [InlineData("ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON users FOR SELECT TO reader USING (users.name = current_user)")]
    [InlineData("CREATE POLICY p ON users AS RESTRICTIVE WITH CHECK (id > 0); ALTER POLICY p ON users TO reader WITH CHECK (public.users.id > 1); ALTER POLICY p ON users RENAME TO q")]
    [InlineData("CREATE POLICY p ON users USING (true); DROP POLICY p ON users; DROP POLICY IF EXISTS p ON users")]
    [InlineData("CREATE STATISTICS st (ndistinct) ON name, email FROM users; ALTER STATISTICS st SET STATISTICS 50; ALTER STATISTICS public.st RENAME TO su")]
    [InlineData("CREATE STATISTICS IF NOT EXISTS st ON lower(users.name), email FROM users; CREATE STATISTICS IF NOT EXISTS st ON name, mood FROM users; DROP STATISTICS st")]
    [InlineData("CLUSTER users USING users_pkey; CLUSTER; CLUSTER VERBOSE users")]
    [InlineData("REINDEX TABLE users; REINDEX INDEX users_pkey; REINDEX (VERBOSE) TABLE CONCURRENTLY kinds; REINDEX SCHEMA public")]
    [InlineData("VACUUM users; VACUUM (ANALYZE) users (name), local_table; VACUUM FULL ANALYZE users; VACUUM; ANALYZE; ANALYZE users, local_table; ANALYZE users (name)")]
    [InlineData("ALTER TYPE mood ADD VALUE 'great' AFTER 'ok'; ALTER TYPE mood RENAME VALUE 'sad' TO 'low'; ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100)")]
    [InlineData("ALTER TABLE users ADD COLUMN q positive DEFAULT plus_one(4), ADD COLUMN m mood DEFAULT 'sad'")]
    [InlineData("ALTER TABLE users ALTER name SET DEFAULT someone(), ALTER email SET DEFAULT 'x'; ALTER TABLE users ALTER name SET DEFAULT 'y', ALTER email SET DEFAULT someone()")]
    [InlineData("CREATE SCHEMA moved; CREATE INDEX ON users (plus_one(p)); ALTER TABLE users SET SCHEMA moved")]
    [InlineData("ALTER TABLE users SET SCHEMA pg_temp")]
    [InlineData("COMMENT ON TABLE users IS 'people'; COMMENT ON COLUMN users.name IS 'x'; ALTER TABLE users RENAME TO people; COMMENT ON TABLE people IS NULL")]
    public async Task Shards_follow(string script)
    {
        await StartAsync();
        if (script.Contains("pg_temp"))
        {
            Assert.NotEqual("00000", await FailAsync(script));
            await ShardsAgreeAsync();
            return;
        }

        foreach (var sql in script.Split("; "))
            await RunAsync(sql);
    }

    [Theory]
    [InlineData("CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", "00000")]
    [InlineData("CREATE RULE r AS ON INSERT TO users DO NOTHING", "00000")]
    [InlineData("CREATE RULE \"_RETURN\" AS ON SELECT TO users DO INSTEAD SELECT * FROM kinds", "0A000")]
    [InlineData("CREATE TABLE child () INHERITS (users)", "0A000")]
    [InlineData("CREATE TABLE part PARTITION OF users FOR VALUES IN (1)", "42P17")]
    [InlineData("CREATE TABLE copy_of (LIKE users INCLUDING ALL)", "00000")]
    [InlineData("ANALYZE users (nothing)", "42703")]
    [InlineData("VACUUM users (name)", "0A000")]
    [InlineData("GRANT SELECT ON users TO nobody_there", "42704")]
    [InlineData("GRANT SELECT ON users, nothing TO reader", "42P01")]
    [InlineData("CREATE STATISTICS st ON name FROM users", "42P17")]
    [InlineData("CLUSTER users", "42704")]
    public async Task What_cannot_be_is_refused(string sql, string code)
    {
        await StartAsync();
        Assert.Equal(code, await FailAsync(sql));
        await ShardsAgreeAsync();
    }

    [Theory]
    [InlineData("VACUUM (ANALYZE) users, local_table", "VACUUM (ANALYZE) local_table")]
    [InlineData("VACUUM (ANALYZE, VERBOSE) users (name)", "VACUUM (VERBOSE) users")]
    [InlineData("VACUUM users, local_table", "VACUUM users, local_table")]
    [InlineData("ANALYZE users", "")]
    [InlineData("TRUNCATE users, local_table", "TRUNCATE ONLY users, local_table")]
    [InlineData("ALTER TABLE users DISABLE TRIGGER ALL", "ALTER TABLE users DISABLE TRIGGER ALL")]
    [InlineData("CREATE INDEX n ON users  (name)", "CREATE INDEX n ON users  (name)")]
    public async Task The_coordinator_runs(string sql, string expected)
    {
        await StartAsync();
        var plan = Assert.IsType<DdlPlan>(await Database.PlanAsync(sql));
        Assert.Equal(expected, Encoding.UTF8.GetString(plan.CoordinatorSql.Span));
    }

    [Fact]
    public async Task Locks_reach_the_shards_but_for_the_weakest()
    {
        await StartAsync();
        Assert.IsType<CoordinatorPlan>(await Database.PlanAsync("LOCK TABLE users IN ACCESS SHARE MODE"));
        var plan = Assert.IsType<DdlPlan>(await Database.PlanAsync("LOCK users, local_table IN SHARE MODE NOWAIT"));
        Assert.Equal("LOCK TABLE \"public\".\"users_102008\" IN SHARE MODE NOWAIT", Assert.Single(plan.Parts).Query.RenderText(0));
    }

    [Fact]
    public async Task Nodes_follow_types_functions_schemas_and_extensions()
    {
        await StartAsync();
        await Database.RunAsync("ALTER TYPE mood ADD VALUE 'great'");
        Assert.Contains("public.mood ADD VALUE", Assert.Single(Database.OnNodes).Replace("''", "'"));
        await Database.RunAsync("DROP DOMAIN positive CASCADE");
        Assert.Equal("DROP DOMAIN IF EXISTS \"public\".\"positive\" CASCADE", Assert.Single(Database.OnNodes));
        await Database.RunAsync("CREATE EXTENSION hstore SCHEMA public");
        Assert.Equal(["CREATE SCHEMA IF NOT EXISTS public", "CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public CASCADE"], Database.OnNodes);
        await Database.RunAsync("DROP EXTENSION hstore");
        Assert.Equal("DROP EXTENSION IF EXISTS \"hstore\"", Assert.Single(Database.OnNodes));
        Assert.Null(await Database.PlanAsync("CREATE EXTENSION plpgsql"));
        Assert.Null(await Database.PlanAsync("CREATE OR REPLACE FUNCTION plus_one(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1'"));
        await Database.RunAsync("CREATE INDEX ON users ((plus_one(id::int)))");
        Assert.Contains(Database.OnNodes, s => s.Contains("CREATE OR REPLACE FUNCTION", StringComparison.Ordinal));
        await Database.RunAsync("CREATE OR REPLACE FUNCTION plus_one(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1 + $1'");
        Assert.Contains(Database.OnNodes, s => s.Contains("SELECT 1 + $1", StringComparison.Ordinal));
        await Database.ExecuteAsync("CREATE SCHEMA s");
        await Database.RunAsync("ALTER SCHEMA s RENAME TO t");
        Assert.Contains("ALTER SCHEMA s RENAME TO t", Assert.Single(Database.OnNodes));
        await Database.RunAsync("DROP SCHEMA t");
        Assert.Contains("DROP SCHEMA IF EXISTS \"t\" CASCADE", Assert.Single(Database.OnNodes));
    }
}
