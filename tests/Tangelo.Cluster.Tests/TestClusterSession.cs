using Npgsql;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Functions;
using Tangelo.Core;

namespace Tangelo.Cluster.Tests;

/// <summary>A session whose node statements go over plain connections, all committed or rolled back together by the test.</summary>
internal sealed class TestClusterSession(NpgsqlDataSource coordinator, int coordinatorPort) : IClusterSession, IAsyncDisposable
{
    private readonly Dictionary<GroupId, NpgsqlConnection> _connections = [];
    private readonly Dictionary<Oid, DistributedTable> _tables = [];
    private readonly Dictionary<NodeId, Node> _nodes = [];

    public string Database => "postgres";

    public string User => "postgres";

    public PgError? LastFailure => null;

    public ClusterMap Map { get; set; } = ClusterMap.Empty;

    public NpgsqlDataSource Coordinator => coordinator;

    public List<PgError> Notices { get; } = [];

    /// <summary>How often statements were sent to a node to be run.</summary>
    public int RoundTrips { get; private set; }

    public IReadOnlyDictionary<Oid, DistributedTable> Tables => _tables;

    public async Task ExecuteAsync(GroupId group, string sql, CancellationToken cancellation)
    {
        RoundTrips++;
        await using var command = new NpgsqlCommand(sql, await ConnectAsync(group, cancellation));
        await Translated(() => command.ExecuteNonQueryAsync(cancellation));
    }

    public async Task ExecuteAsync(IReadOnlyList<(GroupId Group, string Sql)> work, CancellationToken cancellation)
    {
        foreach (var (group, sql) in work)
            await ExecuteAsync(group, sql, cancellation);
    }

    public async Task<IReadOnlyList<string?[]>> QueryAsync(GroupId group, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, await ConnectAsync(group, cancellation)) { AllResultTypesAreUnknown = true };
        return await Translated(async () =>
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var rows = new List<string?[]>();
            while (await reader.ReadAsync(cancellation))
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
            return rows;
        });
    }

    public async Task<IReadOnlyList<IReadOnlyList<string?[]>>> QueryAsync(IReadOnlyList<(GroupId Group, string Sql)> work, CancellationToken cancellation)
    {
        var answers = new List<IReadOnlyList<string?[]>>();
        foreach (var (group, sql) in work)
            answers.Add(await QueryAsync(group, sql, cancellation));
        return answers;
    }

    public async Task<string?> RunSeparatelyAsync(Node node, string sql, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(node, cancellation);
        await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        return await Translated(async () =>
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return !await reader.ReadAsync(cancellation) ? "" : reader.IsDBNull(0) ? null : reader.GetString(0);
        });
    }

    public Task PrepareNodeAsync(GroupId group, string sql, CancellationToken cancellation) =>
        throw new InvalidOperationException("this session may do all by itself");

    public ValueTask<DistributedTable> LockPlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, bool together, CancellationToken cancellation) =>
        ValueTask.FromResult(table);

    public void UseTables(IReadOnlyCollection<DistributedTable> tables)
    {
        foreach (var table in tables)
            _tables[table.Relation] = table;
    }

    public void UseNode(Node node) => _nodes[node.Id] = node;

    public void MetadataChanged()
    {
    }

    public void Notice(PgError notice) => Notices.Add(notice);

    public async Task EndAsync(string how)
    {
        foreach (var connection in _connections.Values)
        {
            await using var command = new NpgsqlCommand(how, connection);
            await command.ExecuteNonQueryAsync();
            await connection.DisposeAsync();
        }

        _connections.Clear();
    }

    public async ValueTask DisposeAsync() => await EndAsync("ROLLBACK");

    private async Task<NpgsqlConnection> ConnectAsync(GroupId group, CancellationToken cancellation)
    {
        if (_connections.TryGetValue(group, out var connection))
            return connection;

        var node = _nodes.Values.FirstOrDefault(n => n.Group == group) ?? Map.Primary(group) ?? throw new InvalidOperationException($"no group {group}");
        connection = await OpenAsync(node, cancellation);
        _connections.Add(group, connection);
        await using var begin = new NpgsqlCommand("BEGIN", connection);
        await begin.ExecuteNonQueryAsync(cancellation);
        return connection;
    }

    private async Task<NpgsqlConnection> OpenAsync(Node node, CancellationToken cancellation)
    {
        var port = node.IsCoordinator ? coordinatorPort : node.Port;
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Pooling=false;No Reset On Close=true");
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch (NpgsqlException e)
        {
            throw new PgException(SqlState.ConnectionFailure, e.Message);
        }
    }

    private static async Task<T> Translated<T>(Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (PostgresException e)
        {
            throw new PgException(e.SqlState, e.MessageText, e.Detail, e.Hint);
        }
    }
}
