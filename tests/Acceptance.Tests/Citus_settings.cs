using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>The settings that begin with citus: their defaults, what may be set, and what a client is told of those without effect.</summary>
public sealed class Citus_settings(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private NpgsqlDataSource Router => fixture.Cluster.Router;

    [Theory]
    [InlineData("citus.shard_count", "32")]
    [InlineData("citus.max_intermediate_result_size", "1GB")]
    [InlineData("citus.enable_repartition_joins", "off")]
    [InlineData("citus.multi_shard_modify_mode", "parallel")]
    [InlineData("citus.recover_2pc_interval", "1min")]
    [InlineData("citus.superuser", "")]
    [InlineData("citus.version", "13.2.2")]
    [InlineData("CITUS.Task_Assignment_Policy", "greedy")]
    public async Task Show_gives_the_default(string name, string value) => Assert.Equal(value, await Router.ScalarAsync<string>($"SHOW {name}"));

    [Fact]
    public async Task All_of_them_are_there_and_none_shows_as_a_setting_of_the_database()
    {
        var names = await Router.ColumnAsync<string>("SELECT name FROM pg_catalog.tangelo_setting");
        Assert.Equal(72, names.Count);
        foreach (var name in names)
            Assert.Equal(await Router.ScalarAsync<string>($"SELECT boot FROM pg_catalog.tangelo_setting WHERE name = '{name}'"), await Router.ScalarAsync<string>($"SHOW {name}"));
        Assert.Equal(0L, await Router.ScalarAsync<long>("SELECT count(*) FROM pg_db_role_setting"));
        await Router.ExecuteAsync("ALTER DATABASE postgres SET citus.shard_count = 8");
        Assert.Equal(["citus.shard_count=8"], await Router.ScalarAsync<string[]>("SELECT setconfig FROM pg_db_role_setting"));
        await Router.ExecuteAsync("ALTER DATABASE postgres SET citus.shard_count = 32");
    }

    [Theory]
    [InlineData("citus.shard_count = 4", "citus.shard_count", "4")]
    [InlineData("citus.max_intermediate_result_size = 2048", "citus.max_intermediate_result_size", "2MB")]
    [InlineData("citus.explain_all_tasks TO yes", "citus.explain_all_tasks", "on")]
    [InlineData("LOCAL citus.multi_shard_modify_mode = 'SEQUENTIAL'", "citus.multi_shard_modify_mode", "sequential")]
    public async Task A_value_is_taken_and_shown_in_its_usual_form(string assignment, string name, string shown)
    {
        await using var connection = await Router.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var set = new NpgsqlCommand($"SET {assignment}", connection, transaction);
        await set.ExecuteNonQueryAsync();
        await using var show = new NpgsqlCommand($"SHOW {name}", connection, transaction);
        Assert.Equal(shown, await show.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("citus.shard_count = 0", "22023")]
    [InlineData("citus.shard_count = 'many'", "22023")]
    [InlineData("citus.explain_all_tasks = perhaps", "22023")]
    [InlineData("citus.task_assignment_policy = random", "22023")]
    [InlineData("citus.max_shared_pool_size = 10", "55P02")]
    [InlineData("citus.stat_tenants_limit = 10", "55P02")]
    [InlineData("citus.version = '1'", "55P02")]
    public async Task A_wrong_value_is_refused(string assignment, string code)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => Router.ExecuteAsync($"SET {assignment}"));
        Assert.Equal(code, error.SqlState);
    }

    [Theory]
    [InlineData("citus.enable_repartition_joins = on", true)]
    [InlineData("citus.enable_repartition_joins = off", false)]
    [InlineData("citus.shard_count = 7", false)]
    [InlineData("citus.not_there = 1", true)]
    public async Task What_has_no_effect_is_told(string assignment, bool isTold)
    {
        var notices = new List<PostgresNotice>();
        await using var connection = await Router.OpenConnectionAsync();
        connection.Notice += (_, e) => notices.Add(e.Notice);
        await using var set = new NpgsqlCommand($"SET {assignment}", connection);
        await set.ExecuteNonQueryAsync();
        Assert.Equal(isTold ? 1 : 0, notices.Count);
    }

    [Fact]
    public async Task The_shard_count_is_that_of_new_tables()
    {
        await using var connection = await Router.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            "SET citus.shard_count = 6; CREATE TABLE six (id int); SELECT create_distributed_table('six', 'id', colocate_with => 'none')", connection);
        await command.ExecuteNonQueryAsync();
        Assert.Equal(6L, await Router.ScalarAsync<long>("SELECT count(*) FROM pg_dist_shard WHERE logicalrelid = 'six'::regclass"));
    }
}
