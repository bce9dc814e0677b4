using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Execution.Tests.Explain;

/// <summary>A cluster with a distributed table of 100 rows, a co-located one, and a reference table.</summary>
public sealed class ExplainFixture : IAsyncLifetime
{
    private readonly ClusterFixture _cluster = new();

    public NpgsqlDataSource Router => _cluster.Cluster.Router;

    public IReadOnlyList<int> WorkerPorts => _cluster.Cluster.WorkerPorts;

    public async Task InitializeAsync()
    {
        await _cluster.InitializeAsync();
        string[] statements =
        [
            "CREATE TABLE people (id bigint PRIMARY KEY, name text, age int)",
            "SELECT create_distributed_table('people', 'id')",
            "CREATE TABLE visits (person bigint, visit serial, PRIMARY KEY (person, visit))",
            "SELECT create_distributed_table('visits', 'person', colocate_with := 'people')",
            "CREATE TABLE places (place int PRIMARY KEY, label text)",
            "SELECT create_reference_table('places')",
            "INSERT INTO people SELECT i, 'name ' || i, i % 10 FROM generate_series(1, 100) i",
            "INSERT INTO places VALUES (1, 'here'), (2, 'there')",
        ];
        foreach (var sql in statements)
            await ExecuteAsync(sql);
    }

    public Task DisposeAsync() => _cluster.DisposeAsync();

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Router.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The rows of a statement with one column.</summary>
    public async Task<List<string>> ReadAsync(string sql, params object[] parameters)
    {
        await using var connection = await Router.OpenConnectionAsync();
        return await ReadAsync(connection, sql, parameters);
    }

    /// <summary>The rows of a statement with one column, on a connection.</summary>
    public static async Task<List<string>> ReadAsync(NpgsqlConnection connection, string sql, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture)!);
        return rows;
    }
}
