using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Regress.Running;

/// <summary>A plain PostgreSQL and a cluster, each with an empty database for the files.</summary>
internal sealed class RegressionServers : IAsyncDisposable
{
    public const string Database = "regression";

    private readonly TestPostgres _plain;
    private readonly TestCluster _cluster;

    private RegressionServers(TestPostgres plain, TestCluster cluster)
    {
        _plain = plain;
        _cluster = cluster;
    }

    public int PlainPort => _plain.Port;

    public int ClusterPort => _cluster.Port;

    public string ClusterLog => _cluster.Log;

    public static async Task<RegressionServers> StartAsync()
    {
        var plain = await TestPostgres.StartAsync();
        try
        {
            var servers = new RegressionServers(plain, await TestCluster.StartAsync());
            await servers.MakeDatabasesAsync();
            return servers;
        }
        catch
        {
            await plain.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _plain.DisposeAsync();
    }

    private async Task MakeDatabasesAsync()
    {
        await MakeAsync(_plain.DataSource);
        foreach (var worker in _cluster.Nodes.Skip(1))
            await MakeAsync(worker);
        await MakeAsync(_cluster.Router);
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_cluster.ConnectionString) { Database = Database }.ConnectionString);
        await ExecuteAsync(source, "CREATE EXTENSION citus");
        foreach (var port in _cluster.WorkerPorts)
            await ExecuteAsync(source, $"SELECT citus_add_node('127.0.0.1', {port})");
    }

    private static async Task MakeAsync(NpgsqlDataSource server)
    {
        await ExecuteAsync(server, $"CREATE DATABASE {Database} TEMPLATE template0");
        foreach (var setting in new[] { "lc_messages = 'C'", "lc_monetary = 'C'", "lc_numeric = 'C'", "lc_time = 'C'", "bytea_output = 'hex'", "timezone_abbreviations = 'Default'" })
            await ExecuteAsync(server, $"ALTER DATABASE {Database} SET {setting}");
    }

    private static async Task ExecuteAsync(NpgsqlDataSource server, string sql)
    {
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
