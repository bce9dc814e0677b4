using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Nodes;

/// <summary>
/// Looks at a server before it becomes a node: <c>{"host", "port"}</c> gives <c>{"version", "prepared", "recovery", "server",
/// "coordinator", "marked"}</c> and, from a server that is marked, <c>{"cluster", "node"}</c>: the cluster it is in.
/// </summary>
internal sealed class ProbeNodeFunction : IClusterFunction
{
    // A server is told from another by its data directory's identifier and the time it was started at: a copy has the same identifier.
    private const string Facts =
        """
        SELECT pg_catalog.json_build_object(
            'version', pg_catalog.current_setting('server_version_num')::int,
            'prepared', pg_catalog.current_setting('max_prepared_transactions')::int,
            'recovery', pg_catalog.pg_is_in_recovery(),
            'server', (SELECT system_identifier FROM pg_catalog.pg_control_system())::text || '/' || pg_catalog.pg_postmaster_start_time(),
            'coordinator', pg_catalog.to_regclass('pg_catalog.pg_dist_node') IS NOT NULL,
            'marked', pg_catalog.to_regclass('tangelo.node_identity') IS NOT NULL)::text
        """;

    private const string Mark = "SELECT pg_catalog.json_build_object('cluster', cluster_id, 'node', node_id)::text FROM tangelo.node_identity";

    public string Name => "probe_node";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var port = args.GetProperty("port").GetInt32();
        if (port is < 1 or > ushort.MaxValue)
            throw new PgException(SqlState.InvalidParameterValue, $"invalid port number: {port}", hint: "A port is a number from 1 to 65535.");
        var node = new Node(
            default,
            new GroupId(-1),
            args.GetProperty("host").GetString()!,
            port,
            "default",
            IsActive: false,
            ShouldHaveShards: false);
        var facts = await RunAsync(node, Facts, session, cancellation);
        using var document = JsonDocument.Parse(facts!);
        return document.RootElement.GetProperty("marked").GetBoolean()
            ? [facts!, await RunAsync(node, Mark, session, cancellation) is { Length: > 0 } mark ? mark : "{}"]
            : [facts!];
    }

    private static async Task<string?> RunAsync(Node node, string sql, IClusterSession session, CancellationToken cancellation)
    {
        try
        {
            return await session.RunSeparatelyAsync(node, sql, cancellation);
        }
        catch (PgException e) when (e.Code.StartsWith("08", StringComparison.Ordinal) || e.Code.StartsWith("57P", StringComparison.Ordinal))
        {
            // A server that cannot be reached was named already, one that refuses was not.
            var message = e.Error.Message.Contains(node.Address, StringComparison.Ordinal)
                ? e.Error.Message
                : $"connection to the remote node {node.Address} failed with the following error: {e.Error.Message}";
            throw new PgException(
                SqlState.ConnectionFailure,
                message,
                e.Error.Detail,
                "Start the server, let it listen on an address that the router reaches (listen_addresses), and admit the router in its pg_hba.conf.",
                e);
        }
    }
}
