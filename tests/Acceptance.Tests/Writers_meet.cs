using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// Sessions that change the same rows at the same time. On one PostgreSQL they wait for each other and none fails, since they meet the
/// rows in the same order; nor may they fail here because the rows lie on several nodes.
/// </summary>
public sealed class Writers_meet(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const int Writers = 6;
    private const int Turns = 25;

    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task In_one_row_of_a_reference_table()
    {
        await MakeReferenceTableAsync("rates");
        await AtOnceAsync((_, _) => "UPDATE rates SET v = v + 1 WHERE id = 1");
        Assert.Equal((long)Writers * Turns, await Cluster.Router.ScalarAsync<long>("SELECT v FROM rates WHERE id = 1"));
        await ReplicasAreEqualAsync("rates");
    }

    [Fact]
    public async Task In_rows_of_a_reference_table_that_others_insert_and_delete()
    {
        await MakeReferenceTableAsync("prices");
        await AtOnceAsync((writer, turn) => (writer % 3) switch
        {
            0 => $"INSERT INTO prices VALUES ({100 + (writer * Turns) + turn}, 0)",
            1 => "UPDATE prices SET v = v + (SELECT count(*) FROM prices)",
            _ => "DELETE FROM prices WHERE id > 100 AND id = (SELECT max(id) FROM prices)",
        });
        await ReplicasAreEqualAsync("prices");
    }

    [Fact]
    public async Task In_all_rows_of_a_distributed_table()
    {
        await MakeDistributedTableAsync("counters");
        await AtOnceAsync((_, _) => "UPDATE counters SET v = v + 1");
        Assert.Equal(20L * Writers * Turns, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM counters"));
    }

    [Fact]
    public async Task In_a_function()
    {
        await MakeDistributedTableAsync("steps");
        await Cluster.Router.ExecuteAsync(
            """
            CREATE FUNCTION step(which int) RETURNS bigint LANGUAGE plpgsql AS
                'DECLARE n bigint; BEGIN SELECT v INTO n FROM steps WHERE id = which; UPDATE steps SET v = v + 1 WHERE id = which; RETURN n; END'
            """);
        await AtOnceAsync((_, _) => "SELECT step(1)");
        Assert.Equal(Writers * Turns, await Cluster.Router.ScalarAsync<int>("SELECT v FROM steps WHERE id = 1"));
    }

    [Fact]
    public async Task In_the_rows_of_an_upsert()
    {
        await MakeDistributedTableAsync("tallies");
        var rows = string.Join(", ", Enumerable.Range(1, 20).Select(i => $"({i}, 1)"));
        await AtOnceAsync((_, _) => $"INSERT INTO tallies VALUES {rows} ON CONFLICT (id) DO UPDATE SET v = tallies.v + excluded.v");
        Assert.Equal(20L * Writers * Turns, await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM tallies"));
    }

    [Fact]
    public async Task In_rows_that_move_to_other_shards()
    {
        await MakeDistributedTableAsync("movers");
        await AtOnceAsync((writer, turn) => writer % 3 == 0
            ? "UPDATE movers SET v = v + 1"
            : $"UPDATE movers SET id = id + 1000, v = v + 1 WHERE id % 1000 = {1 + (turn % 20)}");
        Assert.Equal(20L, await Cluster.Router.ScalarAsync<long>("SELECT count(DISTINCT id % 1000) FROM movers"));
        Assert.Equal(20L, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM movers"));
        Assert.Equal((20L * 2 * Turns) + (4 * Turns), await Cluster.Router.ScalarAsync<long>("SELECT sum(v) FROM movers"));
    }

    private static string Digest(string table) => $"SELECT md5(string_agg(r::text, ',' ORDER BY id)) FROM {table} r";

    private async Task MakeReferenceTableAsync(string name)
    {
        await Cluster.Router.ExecuteAsync($"CREATE TABLE {name} (id int PRIMARY KEY, v bigint NOT NULL)");
        await Cluster.Router.ExecuteAsync($"SELECT create_reference_table('{name}')");
        await Cluster.Router.ExecuteAsync($"INSERT INTO {name} SELECT i, 0 FROM generate_series(1, 5) i");
    }

    private async Task MakeDistributedTableAsync(string name)
    {
        await Cluster.Router.ExecuteAsync($"CREATE TABLE {name} (id int PRIMARY KEY, v int NOT NULL)");
        await Cluster.Router.ExecuteAsync($"SELECT create_distributed_table('{name}', 'id')");
        await Cluster.Router.ExecuteAsync($"INSERT INTO {name} SELECT i, 0 FROM generate_series(1, 20) i");
    }

    private async Task ReplicasAreEqualAsync(string name)
    {
        var digests = await Cluster.Router.ColumnAsync<string>(
            $"SELECT result FROM run_command_on_placements('{name}', $cmd${Digest("%s")}$cmd$)");
        Assert.True(digests.Count >= 2, "The table should have several replicas.");
        Assert.Single(digests.Distinct());
    }

    private Task AtOnceAsync(Func<int, int, string> statement) => Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
    {
        await using var connection = await Cluster.Router.OpenConnectionAsync();
        for (var turn = 0; turn < Turns; turn++)
        {
            await using var command = new NpgsqlCommand(statement(writer, turn), connection);
            await command.ExecuteNonQueryAsync();
        }
    }));
}
