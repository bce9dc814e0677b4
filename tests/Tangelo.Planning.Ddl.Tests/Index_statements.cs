namespace Tangelo.Planning.Ddl.Tests;

public sealed class Index_statements(PostgresFixture server) : DdlTest(server)
{
    private const string Users = "CREATE TABLE users (id bigint PRIMARY KEY, name text, email text, doc jsonb, at timestamptz)";

    [Theory]
    [InlineData("CREATE INDEX ON users (email)")]
    [InlineData("CREATE INDEX users_mail ON users (email)")]
    [InlineData("CREATE INDEX ON public.users (email, name)")]
    [InlineData("CREATE INDEX ON users (lower(name))")]
    [InlineData("CREATE INDEX ON users ((users.name || users.email), lower(email), (1))")]
    [InlineData("CREATE INDEX ON users ((doc ->> 'a'), (coalesce(name, email)), ((doc -> 'x')::text), (CASE WHEN id > 1 THEN name END))")]
    [InlineData("CREATE INDEX ON users (name text_pattern_ops DESC NULLS LAST) INCLUDE (email) WITH (fillfactor = 70) WHERE users.name IS NOT NULL")]
    [InlineData("CREATE INDEX ON users USING gin (doc jsonb_path_ops)")]
    [InlineData("CREATE INDEX ON users USING hash (email)")]
    [InlineData("CREATE INDEX ON users (name COLLATE \"C\")")]
    [InlineData("CREATE UNIQUE INDEX ON users (name, id)")]
    [InlineData("CREATE UNIQUE INDEX u ON users (id) NULLS NOT DISTINCT WHERE name LIKE 'a%'")]
    [InlineData("CREATE INDEX CONCURRENTLY ON users (email)")]
    [InlineData("CREATE INDEX CONCURRENTLY IF NOT EXISTS cc ON ONLY users (email)")]
    [InlineData("CREATE INDEX \"We\"\"ird Name\" ON users (email)")]
    [InlineData("CREATE INDEX ON users (email, email)")]
    public async Task Every_shard_gets_the_index(string sql)
    {
        await Database.ExecuteAsync(Users);
        await Database.DistributeAsync("users", "id");
        await RunAsync(sql);
        Assert.Equal(2, (await LinesAsync("users", "index")).Count);
        await RunAsync(sql.Replace("users_mail", "other").Replace(" u ON", " v ON").Replace("We\"\"ird", "Other").Replace(" cc ", " dd "));
        Assert.Equal(3, (await LinesAsync("users", "index")).Count);
    }

    [Fact]
    public async Task The_names_chosen_are_those_of_PostgreSQL()
    {
        string[] columns =
        [
            "email", "email, name", "lower(name)", "(name || email), (id + 1)", "(doc ->> 'a'), (coalesce(name, email)), ((doc -> 'x')::text)",
            "email, email", "(name::varchar)", "(upper(name)::varchar)", "name) INCLUDE (email, at", "((CASE WHEN id > 1 THEN 1 ELSE 2 END))",
            "(ARRAY[name, email])", "(greatest(id, 2)), (nullif(id, 2))", "(name COLLATE \"C\")", "(email IS NULL)",
            "a_rather_long_column_name_number_one_of_this, a_rather_long_column_name_number_two_of_this", "größe_in_metern_und_zentimetern_für_alle_menschen",
        ];
        const string table = "(id bigint, name text, email text, doc jsonb, at timestamptz, a_rather_long_column_name_number_one_of_this int, " +
            "a_rather_long_column_name_number_two_of_this int, größe_in_metern_und_zentimetern_für_alle_menschen int)";
        await Database.ExecuteAsync($"CREATE TABLE users {table}; CREATE SCHEMA plain; CREATE TABLE plain.users {table}; CREATE TABLE users_email_idx1 ()");
        await Database.ExecuteAsync("CREATE TABLE plain.users_email_idx1 ()");
        await Database.DistributeAsync("users", "id");
        foreach (var list in columns.Concat(columns))
        {
            await Database.RunAsync($"CREATE INDEX ON users ({list})");
            await Database.ExecuteAsync($"CREATE INDEX ON plain.users ({list})");
        }

        const string names = "SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = '{0}'::regclass ORDER BY oid";
        Assert.Equal(
            (await Database.QueryAsync(string.Format(names, "plain.users"))).Select(r => r[0]),
            (await Database.QueryAsync(string.Format(names, "public.users"))).Select(r => r[0]));
    }

    [Fact]
    public async Task Indexes_are_altered_renamed_and_dropped()
    {
        await Database.ExecuteAsync(Users + "; CREATE TABLE local_table (a int); CREATE INDEX local_index ON local_table (a)");
        await Database.DistributeAsync("users", "id");
        await RunAsync("CREATE INDEX a ON users (email)");
        await RunAsync("CREATE INDEX b ON users (name, (upper(name)))");
        await RunAsync("ALTER INDEX a SET (fillfactor = 50)");
        await RunAsync("ALTER INDEX b ALTER COLUMN 2 SET STATISTICS 500");
        await RunAsync("ALTER INDEX b RENAME TO c");
        await RunAsync("ALTER TABLE c RENAME TO d");
        await RunAsync("ALTER INDEX users_pkey RENAME TO users_key");
        Assert.Contains(await LinesAsync("users", "constraint"), l => l.StartsWith("constraint users_key", StringComparison.Ordinal));
        await RunAsync("ALTER TABLE users CLUSTER ON d");
        await RunAsync("DROP INDEX a, local_index");
        await RunAsync("DROP INDEX IF EXISTS nothing, public.d CASCADE");
        await RunAsync("CREATE INDEX e ON users (at)");
        await RunAsync("DROP INDEX CONCURRENTLY e");
        Assert.Single(await LinesAsync("users", "index"));
        Assert.Equal("42704", await FailAsync("DROP INDEX nothing"));
        Assert.Equal("2BP01", await FailAsync("DROP INDEX users_key"));
    }

    [Fact]
    public async Task An_index_that_is_there_is_left_alone()
    {
        await Database.ExecuteAsync(Users + "; CREATE TABLE local_table (a int); CREATE INDEX taken ON local_table (a)");
        await Database.DistributeAsync("users", "id");
        await RunAsync("CREATE INDEX IF NOT EXISTS taken ON users (email)");
        await RunAsync("CREATE INDEX IF NOT EXISTS mine ON users (email)");
        await RunAsync("CREATE INDEX IF NOT EXISTS mine ON users (name)");
        Assert.Equal(2, (await LinesAsync("users", "index")).Count);
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX ON users (email)", "0A000")]
    [InlineData("CREATE UNIQUE INDEX ON users ((id + 1))", "0A000")]
    [InlineData("CREATE INDEX ON users (nothing)", "42703")]
    [InlineData("CREATE UNIQUE INDEX ON users (nothing)", "42703")]
    [InlineData("CREATE INDEX users_pkey ON users (email)", "42P07")]
    [InlineData("CREATE INDEX ON users USING nope (email)", "42704")]
    public async Task What_cannot_be_is_refused(string sql, string code)
    {
        await Database.ExecuteAsync(Users);
        await Database.DistributeAsync("users", "id");
        Assert.Equal(code, await FailAsync(sql));
        await ShardsAgreeAsync();
    }
}
