using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Ddl.Tests;

public sealed class Constraints(PostgresFixture server) : DdlTest(server)
{
    private const string Tables = """
        CREATE EXTENSION btree_gist;
        CREATE TABLE kinds (id int PRIMARY KEY, name text UNIQUE);
        CREATE TABLE users (tenant int, id bigint, name text, kind int, span int4range, PRIMARY KEY (tenant, id), UNIQUE (tenant));
        CREATE TABLE orders (tenant int NOT NULL, id bigint NOT NULL, user_id bigint, kind int, parent bigint);
        CREATE TABLE others (tenant int PRIMARY KEY, id bigint);
        CREATE TABLE local_table (id int PRIMARY KEY)
        """;

    private async Task StartAsync()
    {
        await Database.ExecuteAsync(Tables);
        await Database.DistributeAsync("kinds", null, colocation: 2);
        await Database.DistributeAsync("users", "tenant");
        await Database.DistributeAsync("orders", "tenant");
        await Database.DistributeAsync("others", "tenant", colocation: 3);
    }

    [Theory]
    [InlineData("ALTER TABLE orders ADD PRIMARY KEY (tenant, id)")]
    [InlineData("ALTER TABLE orders ADD CONSTRAINT k UNIQUE (id, tenant) INCLUDE (kind) WITH (fillfactor = 70) DEFERRABLE INITIALLY DEFERRED")]
    [InlineData("ALTER TABLE orders ADD UNIQUE (tenant, id), ADD UNIQUE (tenant, id), ADD UNIQUE NULLS NOT DISTINCT (tenant)")]
    [InlineData("ALTER TABLE ONLY orders ADD CONSTRAINT orders_pkey PRIMARY KEY (tenant, id)")]
    [InlineData("ALTER TABLE orders ADD CHECK (kind > 0), ADD CHECK (orders.kind < orders.id), ADD CHECK (kind <> 5), ADD CONSTRAINT c CHECK (id > 0) NOT VALID")]
    [InlineData("ALTER TABLE users ADD EXCLUDE USING gist (tenant WITH =, span WITH &&)")]
    [InlineData("ALTER TABLE users ADD CONSTRAINT x EXCLUDE USING gist (tenant WITH =, span WITH &&) WITH (fillfactor = 80) WHERE (users.id > 3) DEFERRABLE")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (tenant, user_id) REFERENCES users")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (user_id, tenant) REFERENCES users (id, tenant) ON DELETE CASCADE ON UPDATE RESTRICT DEFERRABLE")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (tenant, user_id) REFERENCES public.users (tenant, id) ON DELETE SET NULL (user_id) NOT VALID")]
    [InlineData("ALTER TABLE orders ADD CONSTRAINT kind_of FOREIGN KEY (kind) REFERENCES kinds ON DELETE SET NULL, ADD FOREIGN KEY (kind) REFERENCES kinds (id)")]
    [InlineData("ALTER TABLE users ADD COLUMN k2 int REFERENCES kinds (id) ON DELETE CASCADE, ADD COLUMN k3 int CONSTRAINT third REFERENCES kinds")]
    [InlineData("ALTER TABLE kinds ADD COLUMN parent int UNIQUE REFERENCES kinds (id) CHECK (parent <> id)")]
    [InlineData("ALTER TABLE users ADD FOREIGN KEY (tenant, kind) REFERENCES users (tenant, id)")]
    [InlineData("ALTER TABLE users DROP CONSTRAINT users_tenant_key")]
    [InlineData("ALTER TABLE users DROP CONSTRAINT IF EXISTS nothing, DROP CONSTRAINT users_pkey CASCADE")]
    public async Task Every_shard_has_the_constraint(string sql)
    {
        await StartAsync();
        await RunAsync(sql);
    }

    [Fact]
    public async Task Constraints_change_and_go()
    {
        await StartAsync();
        await RunAsync("CREATE UNIQUE INDEX i ON orders (tenant, id)");
        await RunAsync("ALTER TABLE orders ADD CONSTRAINT i2 PRIMARY KEY USING INDEX i");
        await RunAsync("CREATE UNIQUE INDEX j ON orders (tenant, user_id)");
        await RunAsync("ALTER TABLE orders ADD UNIQUE USING INDEX j");
        await RunAsync("ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (tenant, user_id) REFERENCES users NOT VALID");
        await RunAsync("ALTER TABLE orders ALTER CONSTRAINT f DEFERRABLE INITIALLY DEFERRED");
        await RunAsync("ALTER TABLE orders VALIDATE CONSTRAINT f");
        await RunAsync("ALTER TABLE orders RENAME CONSTRAINT f TO g");
        Assert.Empty(await Database.QueryAsync(
            "SELECT tgname FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'D' AND tgrelid IN ('orders'::regclass, 'users'::regclass)"));
        Assert.NotEmpty(await Database.QueryAsync(
            "SELECT tgname FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'D' AND tgrelid = 'orders_102013'::regclass"));
        await RunAsync("ALTER TABLE orders RENAME CONSTRAINT i2 TO pk");
        await RunAsync("ALTER TABLE orders DROP CONSTRAINT g, DROP CONSTRAINT pk, DROP CONSTRAINT j");
        Assert.Empty(await LinesAsync("orders", "constraint"));
    }

    [Theory]
    [InlineData("ALTER TABLE orders ADD UNIQUE (id)", "0A000")]
    [InlineData("ALTER TABLE orders ADD PRIMARY KEY (id, kind)", "0A000")]
    [InlineData("ALTER TABLE users ADD EXCLUDE USING gist (span WITH &&)", "0A000")]
    [InlineData("ALTER TABLE users ADD EXCLUDE USING gist (tenant WITH <>, span WITH &&)", "0A000")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (kind) REFERENCES local_table", "0A000")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (tenant) REFERENCES others", "0A000")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (id, user_id) REFERENCES users (id, tenant)", "0A000")]
    [InlineData("ALTER TABLE kinds ADD FOREIGN KEY (id) REFERENCES users (tenant)", "0A000")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (tenant, user_id) REFERENCES users ON DELETE SET NULL", "0A000")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (tenant, user_id) REFERENCES users ON UPDATE CASCADE", "0A000")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (tenant) REFERENCES kinds ON DELETE SET DEFAULT", "0A000")]
    [InlineData("ALTER TABLE orders ADD UNIQUE (nothing)", "42703")]
    [InlineData("ALTER TABLE orders ADD CHECK (nothing > 0)", "42703")]
    [InlineData("ALTER TABLE users ADD CONSTRAINT users_pkey CHECK (id > 0)", "42710")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, kind)", "42830")]
    [InlineData("ALTER TABLE orders ADD FOREIGN KEY (kind) REFERENCES nothing", "42P01")]
    [InlineData("ALTER TABLE orders DROP CONSTRAINT nothing", "42704")]
    public async Task What_cannot_be_is_refused(string sql, string code)
    {
        await StartAsync();
        Assert.Equal(code, await FailAsync(sql));
        await ShardsAgreeAsync();
    }

    [Fact]
    public async Task The_names_chosen_are_those_of_PostgreSQL()
    {
        await StartAsync();
        const string like = "CREATE SCHEMA plain; CREATE TABLE plain.orders (LIKE orders); CREATE TABLE plain.kinds (id int PRIMARY KEY, name text UNIQUE)";
        await Database.ExecuteAsync(like);
        string[] changes =
        [
            "ADD CHECK (kind > 0)", "ADD CHECK (kind > id)", "ADD CHECK (kind + kind > 0)", "ADD CHECK (true)", "ADD PRIMARY KEY (tenant, id)",
            "ADD UNIQUE (tenant, id, kind)", "ADD UNIQUE (tenant) INCLUDE (kind)", "ADD COLUMN x int CHECK (x > 0) CHECK (kind > 0)",
            "ADD FOREIGN KEY (kind) REFERENCES {0}.kinds", "ADD COLUMN y int REFERENCES {0}.kinds (id)", "ADD EXCLUDE USING gist (tenant WITH =, kind WITH =)",
        ];
        foreach (var change in changes.Concat(changes.Where(c => !c.Contains("PRIMARY") && !c.Contains("COLUMN"))))
        {
            await RunAsync("ALTER TABLE orders " + string.Format(change, "public"));
            await Database.ExecuteAsync("ALTER TABLE plain.orders " + string.Format(change, "plain"));
        }

        const string names = "SELECT conname FROM pg_constraint WHERE conrelid = '{0}'::regclass ORDER BY oid";
        Assert.Equal(
            (await Database.QueryAsync(string.Format(names, "plain.orders"))).Select(r => r[0]),
            (await Database.QueryAsync(string.Format(names, "public.orders"))).Select(r => r[0]));
    }

    [Theory]
    [InlineData("ALTER TABLE local_table ADD FOREIGN KEY (id) REFERENCES kinds")]
    [InlineData("ALTER TABLE local_table ADD COLUMN kind int REFERENCES kinds, ADD COLUMN x int")]
    public async Task A_local_table_becomes_known_before_it_refers_to_a_reference_table(string sql)
    {
        await StartAsync();
        var plan = Assert.IsType<DdlPlan>(await Database.PlanAsync(sql));
        Assert.Contains("tangelo_adopt_local_table", plan.Preparation);
    }

    [Fact]
    public async Task A_local_table_refers_to_no_distributed_table()
    {
        await StartAsync();
        Assert.Equal("0A000", await FailAsync("ALTER TABLE local_table ADD FOREIGN KEY (id) REFERENCES others"));
    }
}
