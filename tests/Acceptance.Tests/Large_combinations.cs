using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Rows that are too many to be handed to the coordinator as one parameter, within a batch that also writes.</summary>
[Collection(AloneCollection.Name)]
public sealed class Large_combinations(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    // 24 MB: more than the 16 MB from which on they go through a temporary table.
    private const int Rows = 24_000;

    [Theory]
    [InlineData("SELECT id, v, row_number() OVER (ORDER BY w, id) FROM large")]
    [InlineData("SELECT id, v FROM large ORDER BY w, id")]
    public async Task In_a_pipelined_batch_between_writes(string query)
    {
        var router = fixture.Cluster.Router;
        await router.ExecuteAsync(
            $"""
            DROP TABLE IF EXISTS large;
            CREATE TABLE large (id int PRIMARY KEY, w int, v text);
            SELECT create_distributed_table('large', 'id');
            INSERT INTO large SELECT i, (i * 7919) % {Rows}, repeat(chr(97 + i % 26), 1000) FROM generate_series(1, {Rows}) i
            """);

        await using var connection = await router.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("UPDATE large SET w = w + 1 WHERE id = 1"), new("INSERT INTO large VALUES (0, -1, 'first')"), new(query), new("SELECT count(*) FROM large") },
        };
        var ids = new HashSet<int>();
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal((0, "first"), (reader.GetInt32(0), reader.GetString(1)));
            do
            {
                ids.Add(reader.GetInt32(0));
                Assert.True(reader.GetInt32(0) == 0 || reader.GetString(1).Length == 1000);
            }
            while (await reader.ReadAsync());
            Assert.True(await reader.NextResultAsync());
            Assert.True(await reader.ReadAsync());
            Assert.Equal(Rows + 1L, reader.GetInt64(0));
        }

        Assert.Equal(Rows + 1, ids.Count);

        // A batch that fails at its end takes all of it back.
        batch.BatchCommands[1].CommandText = "DELETE FROM large WHERE id < 100";
        batch.BatchCommands.Add(new("SELECT 1 / (count(*) - count(*)) FROM large"));
        var error = await Assert.ThrowsAsync<PostgresException>(async () => await batch.ExecuteNonQueryAsync());
        Assert.Equal("22012", error.SqlState);
        Assert.Equal(Rows + 1L, await router.ScalarAsync<long>("SELECT count(*) FROM large"));
    }

    [Fact]
    public async Task A_publication_of_all_tables_is_in_nobodys_way()
    {
        var router = fixture.Cluster.Router;
        await router.ExecuteAsync("CREATE PUBLICATION everything FOR ALL TABLES");
        try
        {
            await router.ExecuteAsync("CREATE TABLE published (id int, v int); SELECT create_distributed_table('published', 'id')");
            await router.ExecuteAsync("INSERT INTO published SELECT i, i FROM generate_series(1, 50) i");
            Assert.Equal(50, await router.ExecuteAsync("UPDATE published SET v = v + 1"));
            await router.ExecuteAsync("ALTER TABLE published ADD COLUMN w int DEFAULT 3; CREATE INDEX ON published (v); ALTER TABLE published ALTER COLUMN w TYPE bigint");
            Assert.Equal(150m, await router.ScalarAsync<decimal>("SELECT sum(w) FROM published"));
            await router.ExecuteAsync("TRUNCATE published; DROP TABLE published");
            await router.ExecuteAsync(
                "CREATE TABLE tree (id int, d int) PARTITION BY RANGE (d); CREATE TABLE branch PARTITION OF tree FOR VALUES FROM (1) TO (9) PARTITION BY LIST (d);" +
                "CREATE TABLE leaf PARTITION OF branch DEFAULT; SELECT create_distributed_table('tree', 'id'); ALTER TABLE tree ADD PRIMARY KEY (id, d)");
            await router.ExecuteAsync("CREATE FUNCTION one(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; ALTER TABLE tree ADD CHECK (one(id) > 0); DROP TABLE tree; DROP FUNCTION one(int)");
        }
        finally
        {
            await router.ExecuteAsync("DROP PUBLICATION everything");
        }
    }
}
