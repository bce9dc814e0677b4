using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Tests.Oracle;

namespace Tangelo.Planning.Tests;

public sealed class Plans_of_utilities(OracleDatabase database) : IClassFixture<OracleDatabase>
{
    [Theory]
    [InlineData("COPY users FROM STDIN", CopyFormat.Text, (byte)'\t', "\\N")]
    [InlineData("COPY users (id, name) FROM STDIN WITH (FORMAT csv, HEADER, DELIMITER ';')", CopyFormat.Csv, (byte)';', "")]
    [InlineData("COPY users FROM STDIN CSV HEADER", CopyFormat.Csv, (byte)',', "")]
    [InlineData("COPY users FROM STDIN BINARY", CopyFormat.Binary, (byte)'\t', "\\N")]
    [InlineData("COPY users FROM STDIN DELIMITER '|' NULL 'nil'", CopyFormat.Text, (byte)'|', "nil")]
    public async Task COPY_FROM_reads_its_options(string sql, CopyFormat format, byte delimiter, string nullText)
    {
        var plan = Assert.IsType<CopyFromPlan>(await database.PlanAsync(sql));
        Assert.Equal((format, delimiter, nullText), (plan.Options.Format, plan.Options.Delimiter, plan.Options.NullText));
    }

    [Fact]
    public async Task COPY_FROM_computes_defaults_of_sequences()
    {
        var plan = Assert.IsType<CopyFromPlan>(await database.PlanAsync("COPY items (user_id, order_id, product) FROM STDIN"));
        Assert.Equal("id", Assert.Single(plan.CoordinatorDefaults).Column);
    }

    [Fact]
    public async Task COPY_FROM_without_the_key_is_refused() =>
        Assert.Equal(SqlState.NotNullViolation, (await Assert.ThrowsAsync<PgException>(() => database.PlanAsync("COPY users (name) FROM STDIN"))).Code);

    [Theory]
    [InlineData("COPY users TO STDOUT", typeof(CopyToPlan))]
    [InlineData("COPY (SELECT id, name FROM users WHERE id = 5) TO STDOUT", typeof(CopyToPlan))]
    [InlineData("COPY (SELECT country, count(*) FROM users GROUP BY 1) TO STDOUT", typeof(CoordinatorPlan))]
    [InlineData("COPY users FROM '/file'", typeof(CopyFromPlan))]
    [InlineData("COPY users TO '/file'", typeof(CoordinatorPlan))]
    [InlineData("COPY users FROM PROGRAM 'cat /file'", typeof(CopyFromPlan))]
    [InlineData("COPY users FROM STDIN WHERE id > 3", typeof(CopyFromPlan))]
    [InlineData("COPY users FROM STDIN WHERE id > random()", typeof(CoordinatorPlan))]
    [InlineData("PREPARE p AS SELECT * FROM users", typeof(CoordinatorPlan))]
    [InlineData("DECLARE c CURSOR FOR SELECT * FROM users", typeof(CoordinatorPlan))]
    [InlineData("CREATE TABLE copy AS SELECT * FROM users", typeof(CoordinatorPlan))]
    [InlineData("EXPLAIN SELECT * FROM users WHERE id = 4", typeof(ExplainPlan))]
    [InlineData("EXPLAIN (ANALYZE, COSTS off) SELECT country, count(*) FROM users GROUP BY country", typeof(ExplainPlan))]
    [InlineData("EXPLAIN (FORMAT json) SELECT * FROM with_catalog", typeof(CoordinatorPlan))]
    public async Task Utilities_get_their_plans(string sql, Type plan) => Assert.IsType(plan, await database.PlanAsync(sql));

    [Theory]
    [InlineData("SELECT avg(x) FROM (SELECT age AS x FROM users TABLESAMPLE BERNOULLI (50) LIMIT 3) s WHERE random() < 2")]
    public async Task What_foreign_tables_would_do_wrongly_is_refused(string sql) =>
        Assert.Equal(SqlState.FeatureNotSupported, (await Assert.ThrowsAsync<PgException>(() => database.PlanAsync(sql))).Code);

    [Theory]
    [InlineData("MERGE INTO users u USING countries c ON c.code = u.country WHEN MATCHED THEN DELETE", typeof(ShardPlan))]
    [InlineData("MERGE INTO users u USING orders o ON o.user_id = u.id WHEN MATCHED THEN UPDATE SET age = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (o.user_id)", typeof(ShardPlan))]
    [InlineData("MERGE INTO users u USING orders o ON o.user_id = u.id WHEN NOT MATCHED THEN INSERT (id) VALUES (o.id)", typeof(MergePlan))]
    [InlineData("MERGE INTO users u USING orders o ON o.id = u.id WHEN MATCHED THEN DELETE", typeof(MergePlan))]
    [InlineData("MERGE INTO users u USING countries c ON c.code = u.country WHEN NOT MATCHED THEN INSERT (id) VALUES (5)", typeof(MergePlan))]
    [InlineData("MERGE INTO countries c USING users u ON c.code = u.country WHEN MATCHED THEN DELETE", typeof(MergePlan))]
    public async Task MERGE_goes_to_the_shards_where_its_rows_stay_there(string sql, Type plan) => Assert.IsType(plan, await database.PlanAsync(sql));

    [Fact]
    public async Task A_sample_is_taken_on_every_shard() =>
        Assert.IsType<AllShards>(Assert.IsType<ShardPlan>(await database.PlanAsync("SELECT id FROM users TABLESAMPLE BERNOULLI (100)")).Shards);

    [Fact]
    public async Task ONLY_means_nothing_over_the_loopback()
    {
        var plan = Assert.IsType<CoordinatorPlan>(await database.PlanAsync("SELECT label FROM ONLY users ORDER BY label"));
        Assert.DoesNotContain("ONLY", System.Text.Encoding.UTF8.GetString(plan.Sql.Span), StringComparison.Ordinal);
    }
}
