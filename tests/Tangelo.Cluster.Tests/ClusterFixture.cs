using Npgsql;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Xunit;

namespace Tangelo.Cluster.Tests;

/// <summary>A coordinator with the metadata installed, and two servers that may become workers.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private readonly List<PostgresServer> _servers = [];
    private LoopbackRelay? _relay;

    internal PostgresServer Coordinator => _servers[0];

    internal PostgresServer Worker1 => _servers[1];

    internal PostgresServer Worker2 => _servers[2];

    internal TestClusterSession Session { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _servers.AddRange(await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => PostgresServer.StartAsync())));
        await MetadataInstaller.InstallAsync(Coordinator.DataSource, new InstallOptions("127.0.0.1", 1, "secret"));
        Session = new TestClusterSession(Coordinator.DataSource, Coordinator.Port);
        _relay = await LoopbackRelay.StartAsync(Coordinator.DataSource, () => Session);
    }

    public async Task DisposeAsync()
    {
        if (_relay is not null)
            await _relay.DisposeAsync();
        await Session.DisposeAsync();
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    /// <summary>Runs statements in one transaction over the whole cluster; rows of the last query, columns joined by '|'.</summary>
    internal async Task<IReadOnlyList<string>> RunAsync(string sql)
    {
        Session.Map = await LoadAsync();
        var rows = new List<string>();
        try
        {
            await using var connection = await Coordinator.DataSource.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true })
            await using (var reader = await command.ExecuteReaderAsync())
            {
                do
                {
                    if (reader.FieldCount > 0)
                        rows.Clear();
                    while (await reader.ReadAsync())
                        rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetString(i))));
                }
                while (await reader.NextResultAsync());
            }

            await Session.EndAsync("COMMIT");
            await transaction.CommitAsync();
            return rows;
        }
        catch
        {
            await Session.EndAsync("ROLLBACK");
            throw;
        }
    }

    internal Task<ClusterMap> LoadAsync() => MetadataLoader.LoadAsync(Coordinator.DataSource, 1);

    internal static async Task<string?> QueryAsync(PostgresServer server, string sql)
    {
        await using var command = server.DataSource.CreateCommand(sql);
        return (await command.ExecuteScalarAsync())?.ToString();
    }
}
