using Npgsql;
using Tangelo.Catalog.Model;

namespace Tangelo.Console.Health;

/// <summary>Asks every server of the cluster for a sign of life.</summary>
public sealed class ClusterProbe
{
    private const int LimitSeconds = 2;

    private readonly NpgsqlConnectionStringBuilder _coordinator;
    private readonly Func<ClusterMap> _map;

    /// <param name="coordinator">The coordinator's connection string for Npgsql; nodes are reached with its user and database.</param>
    /// <param name="map">The router's present map.</param>
    public ClusterProbe(string coordinator, Func<ClusterMap> map)
    {
        _coordinator = new NpgsqlConnectionStringBuilder(coordinator)
        {
            Pooling = false,
            Timeout = LimitSeconds,
            CommandTimeout = LimitSeconds,
            ApplicationName = "tangelo health",
        };
        _map = map;
    }

    /// <summary>Takes some seconds at most: all servers are asked at once, and a silent one counts as unreachable.</summary>
    public async Task<HealthReport> ProbeAsync(CancellationToken cancellationToken)
    {
        var coordinator = ProbeAsync("coordinator", _coordinator, cancellationToken);
        var nodes = await Task.WhenAll(_map().Nodes
            .Where(n => n.IsActive && !n.IsCoordinator)
            .Select(n => ProbeAsync(n.Address, AddressOf(n), cancellationToken)));
        return new HealthReport(await coordinator, nodes);
    }

    private static async Task<NodeHealth> ProbeAsync(string name, NpgsqlConnectionStringBuilder address, CancellationToken cancellationToken)
    {
        try
        {
            var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
            builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
            await using var source = builder.Build();
            await using var command = source.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return new NodeHealth(name, true, null);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return new NodeHealth(name, false, e.Message);
        }
    }

    // Of a node that is several servers, whose list Npgsql reads as the routers do, the primary counts.
    private NpgsqlConnectionStringBuilder AddressOf(Node node)
    {
        var address = new NpgsqlConnectionStringBuilder(_coordinator.ConnectionString) { Host = node.Host, Port = node.Port };
        address.Remove("Target Session Attributes");
        if (node.Host.Contains(',', StringComparison.Ordinal))
            address.TargetSessionAttributes = "primary";
        return address;
    }
}
