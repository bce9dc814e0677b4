using Npgsql;
using Tangelo.Server.Hosting;

namespace Tangelo.Cli.Embedded;

/// <summary>Keeps the cluster's metadata in step with where the embedded nodes are.</summary>
internal static class NodeRegistry
{
    private const string Host = "127.0.0.1";

    /// <summary>Adds a worker through the router, as a user would, and returns its node id. Adding it again changes nothing.</summary>
    /// <param name="routerPort">Where the router is.</param>
    /// <param name="secret">Its <see cref="RouterOptions.HolderSecret"/>.</param>
    /// <param name="worker">Which one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<int> AddAsync(int routerPort, string secret, PostgresNode worker, CancellationToken cancellationToken)
    {
        try
        {
            await using var source = Source(routerPort, secret);
            await using var command = source.CreateCommand("SELECT citus_add_node($1, $2)");
            command.Parameters.AddWithValue(Host);
            command.Parameters.AddWithValue(worker.Port);
            return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (NpgsqlException e)
        {
            throw new CommandFailedException($"{worker.Name} cannot be added: {RouterFailure.OneLine(e)}", e);
        }
    }

    /// <summary>
    /// Lays the workers' present ports into the metadata when the cluster is started on other ports. Straight on the
    /// coordinator, before there is a router that would look for the nodes at their old addresses.
    /// </summary>
    /// <param name="ports">Node ids with their ports.</param>
    public static async Task MovePortsAsync(int coordinatorPort, IReadOnlyCollection<(int NodeId, int Port)> ports, CancellationToken cancellationToken)
    {
        var ids = ports.Select(p => p.NodeId).ToArray();
        await using var source = Source(coordinatorPort);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            // By way of negative numbers, since old and new ports may overlap and are unique.
            BatchCommands =
            {
                new NpgsqlBatchCommand("UPDATE pg_catalog.pg_dist_node SET nodeport = -nodeport WHERE nodeid = ANY ($1) AND nodename = '127.0.0.1'")
                {
                    Parameters = { new NpgsqlParameter { Value = ids } },
                },
                new NpgsqlBatchCommand("UPDATE pg_catalog.pg_dist_node n SET nodeport = p.port FROM unnest($1, $2) AS p(id, port) WHERE n.nodeid = p.id AND n.nodeport < 0")
                {
                    Parameters = { new NpgsqlParameter { Value = ids }, new NpgsqlParameter { Value = ports.Select(p => p.Port).ToArray() } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlDataSource Source(int port, string? password = null)
    {
        var builder = new NpgsqlDataSourceBuilder
        {
            ConnectionStringBuilder =
            {
                Host = Host,
                Port = port,
                Username = "postgres",
                Password = password,
                Database = "postgres",
                Pooling = false,
                ApplicationName = RouterOptions.HolderName,
            },
        };
        // Nothing but built-in types is used, so the catalog need not be read first.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }
}
