using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Ddl.Tests;

public sealed class Dropping_and_emptying(PostgresFixture server) : DdlTest(server)
{
    private const string Shards = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '_1020'";

    private async Task StartAsync()
    {
        await Database.ExecuteAsync(
            """
            CREATE TABLE users (id int PRIMARY KEY, name text);
            CREATE TABLE orders (id int, user_id int REFERENCES users);
            CREATE TABLE kinds (id serial PRIMARY KEY);
            CREATE TABLE local_table (id int)
            """);
        await Database.ExecuteAsync("ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey");
        await Database.DistributeAsync("users", "id");
        await Database.DistributeAsync("orders", "user_id");
        await Database.DistributeAsync("kinds", null, colocation: 2);
        await RunAsync("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users");
    }

    [Theory]
    [InlineData("DROP TABLE orders, users, local_table, kinds", 0)]
    [InlineData("DROP TABLE IF EXISTS nothing, users CASCADE", 5)]
    [InlineData("DROP TABLE public.kinds", 8)]
    [InlineData("DROP OWNED BY current_user", 9)]
    public async Task Tables_go_with_their_shards(string sql, int left)
    {
        await StartAsync();
        Assert.Equal(left == 9 ? "2BP01" : "00000", left == 9 ? await FailAsync(sql) : await NoFailureAsync(sql));
        Assert.Equal(left, (await Database.QueryAsync(Shards)).Count);
        Assert.Equal(left, (await Database.QueryAsync("SELECT * FROM pg_dist_shard")).Count);
        await ShardsAgreeAsync();
    }

    [Fact]
    public async Task A_table_that_is_needed_stays()
    {
        await StartAsync();
        Assert.Equal("2BP01", await FailAsync("DROP TABLE users"));
        Assert.Equal("42P01", await FailAsync("DROP TABLE orders, nothing"));
        Assert.Equal(9, (await Database.QueryAsync("SELECT * FROM pg_dist_shard")).Count);
        Assert.Equal(3, (await Database.QueryAsync("SELECT * FROM pg_inherits WHERE inhrelid::regclass::text ~ '^tangelo_'")).Count);
    }

    [Fact]
    public async Task A_schema_goes_with_its_shards()
    {
        await Database.ExecuteAsync("CREATE SCHEMA s; SET search_path = s, public; CREATE TABLE users (id int PRIMARY KEY)");
        await Database.DistributeAsync("users", "id");
        await Database.ExecuteAsync("RESET search_path");
        await RunAsync("ALTER TABLE s.users ADD COLUMN a int");
        Assert.Equal("2BP01", await FailAsync("DROP SCHEMA s"));
        var plan = Assert.IsType<DdlPlan>(await Database.PlanAsync("DROP SCHEMA IF EXISTS s, nothing CASCADE"));
        Assert.All(plan.Parts, p => Assert.True(p.ExceptCoordinator));
        await RunAsync("DROP SCHEMA s CASCADE");
        Assert.Empty(await Database.QueryAsync(Shards));
        Assert.Empty(await Database.QueryAsync("SELECT * FROM pg_dist_partition"));
    }

    [Fact]
    public async Task Truncate_empties_the_shards_and_local_tables()
    {
        await StartAsync();
        await Database.ExecuteAsync("INSERT INTO users_102008 VALUES (1); INSERT INTO orders_102012 VALUES (1, 1); INSERT INTO kinds_102016 VALUES (1); INSERT INTO local_table VALUES (1)");
        const string rows = "SELECT 1 FROM users_102008 UNION ALL SELECT 1 FROM orders_102012 UNION ALL SELECT 1 FROM kinds_102016 UNION ALL SELECT 1 FROM local_table";
        Assert.Equal("0A000", await FailAsync("TRUNCATE users"));
        Assert.Equal("42P01", await FailAsync("TRUNCATE users, orders, nothing"));
        Assert.Equal(4, (await Database.QueryAsync(rows)).Count);
        await Database.RunAsync("TRUNCATE TABLE users, local_table CASCADE");
        Assert.Single(await Database.QueryAsync(rows));
        await Database.RunAsync("TRUNCATE kinds, users, orders RESTART IDENTITY");
        Assert.Empty(await Database.QueryAsync(rows));
    }

    private async Task<string> NoFailureAsync(string sql)
    {
        await Database.RunAsync(sql);
        return "00000";
    }
}
