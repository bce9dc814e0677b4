using System.Text.Json;

namespace Tangelo.Cluster.Functions.Commands;

/// <summary>
/// The sessions of the cluster by the coordinator's pg_stat_activity: every client session has a backend there. The server
/// may register one of the same name that knows more, as which statement runs on the shards only.
/// </summary>
internal sealed class StatActivityFunction : IClusterFunction
{
    private const string Sessions =
        """
        SELECT (pg_catalog.to_jsonb(a) || pg_catalog.jsonb_build_object(
            'global_pid', pg_catalog.citus_calculate_gpid(pg_catalog.citus_coordinator_nodeid(), a.pid),
            'nodeid', pg_catalog.citus_coordinator_nodeid(), 'is_worker_query', false))::text
        FROM pg_catalog.pg_stat_activity a WHERE a.backend_type = 'client backend'
        """;

    public string Name => "stat_activity";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var rows = new List<string>();
        await using var command = session.Coordinator.CreateCommand(Sessions);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            rows.Add(reader.GetString(0));
        return rows;
    }
}
