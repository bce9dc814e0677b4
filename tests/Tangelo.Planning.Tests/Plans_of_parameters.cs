using Tangelo.Planning.Plans;
using Tangelo.Planning.Tests.Oracle;

namespace Tangelo.Planning.Tests;

public sealed class Plans_of_parameters(OracleDatabase database) : IClassFixture<OracleDatabase>
{
    private const uint Int8 = 20;
    private const uint Int4 = 23;
    private const uint Text = 25;
    private const uint Int4Array = 1007;
    private const uint Numeric = 1700;

    [Fact]
    public async Task A_parameter_of_the_columns_type_chooses_the_shard() =>
        Assert.Equal(new ParameterKey(1), await KeyAsync("SELECT * FROM users WHERE id = $1", Int4));

    [Fact]
    public async Task A_parameter_of_another_integer_type_chooses_the_shard() =>
        Assert.Equal(new ParameterKey(1), await KeyAsync("SELECT * FROM users WHERE $1 = id", Int8));

    [Fact]
    public async Task A_numeric_parameter_does_not_choose_a_shard_of_an_integer_column() =>
        Assert.IsType<AllShards>((await ShardsAsync("SELECT * FROM users WHERE id = $1", Numeric)).Shards);

    [Fact]
    public async Task A_parameter_reaches_joined_tables() =>
        Assert.Equal(new ParameterKey(2), await KeyAsync(
            "SELECT * FROM users u JOIN orders o ON o.user_id = u.id WHERE o.amount > $1 AND o.user_id = $2", Numeric, Int4));

    [Fact]
    public async Task An_array_parameter_chooses_some_shards()
    {
        var plan = await ShardsAsync("SELECT * FROM users WHERE id = ANY ($1)", Int4Array);
        Assert.Equal<KeyOperand>([new ArrayParameterKey(1, new Core.Oid(Int4))], Assert.IsType<KeyShards>(plan.Shards).Keys);
    }

    [Fact]
    public async Task An_array_parameter_is_no_reason_to_run_an_aggregate_on_one_shard() =>
        Assert.IsType<CombinePlan>(await database.PlanAsync("SELECT count(*) FROM users WHERE id = ANY ($1)", Int4Array));

    [Fact]
    public async Task An_inserted_parameter_is_the_key() =>
        Assert.Equal(new ParameterKey(1), await KeyAsync("INSERT INTO users (id, name) VALUES ($1, $2)", Int4, Text));

    [Fact]
    public async Task Rows_of_parameters_are_split()
    {
        var plan = Assert.IsType<MultiRowInsertPlan>(
            await database.PlanAsync("INSERT INTO users (id, name) VALUES ($1, $2), ($3, $4) RETURNING id", Int4, Text, Int4, Text));
        Assert.Equal<InsertRow>([new InsertRow("$1, $2", new ParameterKey(1)), new InsertRow("$3, $4", new ParameterKey(3))], plan.Rows);
        Assert.Equal($"INSERT INTO {{users}} AS users (id, name) VALUES {MultiRowInsertPlan.RowsMarker} RETURNING id", plan.Frame.ToString());
    }

    [Fact]
    public async Task Parameters_of_combined_queries_get_their_types()
    {
        var plan = Assert.IsType<CombinePlan>(await database.PlanAsync(
            "SELECT country, sum(age + $1) FROM users WHERE name = $2 GROUP BY country HAVING count(*) > $3 ORDER BY 1 LIMIT $4", Int4, Text, Int8, Int8));
        Assert.Contains("$1::int", plan.Inner.Query.ToString(), StringComparison.Ordinal);
        Assert.Contains("$2::text", plan.Inner.Query.ToString(), StringComparison.Ordinal);
        Assert.Contains("$3::bigint", plan.CombineSql, StringComparison.Ordinal);
        Assert.Contains("LIMIT $4::bigint", plan.CombineSql, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Equal_plans_come_from_equal_requests() =>
        Assert.Equal(
            PlanPrinter.Print(await database.PlanAsync("SELECT country, count(*) FROM users GROUP BY 1")),
            PlanPrinter.Print(await database.PlanAsync("SELECT country, count(*) FROM users GROUP BY 1")));

    private async Task<ShardPlan> ShardsAsync(string sql, params uint[] types) => Assert.IsType<ShardPlan>(await database.PlanAsync(sql, types));

    private async Task<KeyOperand> KeyAsync(string sql, params uint[] types) =>
        Assert.Single(Assert.IsType<KeyShards>((await ShardsAsync(sql, types)).Shards).Keys);
}
