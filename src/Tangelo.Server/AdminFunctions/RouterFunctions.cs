using System.Text.Json;
using Tangelo.Cluster.Functions;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.AdminFunctions;

/// <summary>Rows of citus_stat_statements.</summary>
internal sealed class StatementStatisticsFunction(RouterState router) : IClusterFunction
{
    public string Name => "stat_statements";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var (database, users) = await ReadOidsAsync(session, cancellation).ConfigureAwait(false);
        return [.. router.Statistics.All.Where(s => s.Key.Database == session.Database).Select(s => JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["queryid"] = QueryId(s.Key.Query),
            ["userid"] = users.GetValueOrDefault(s.Key.User),
            ["dbid"] = database,
            ["query"] = s.Key.Query,
            ["executor"] = s.Key.Executor,
            ["partition_key"] = null,
            ["calls"] = s.Value.Calls,
            ["rows"] = s.Value.Rows,
            ["total_exec_time"] = s.Value.TotalTime,
            ["min_exec_time"] = s.Value.MinTime,
            ["max_exec_time"] = s.Value.MaxTime,
            ["mean_exec_time"] = s.Value.MeanTime,
            ["stddev_exec_time"] = s.Value.DeviationOfTime,
        }))];
    }

    private static async Task<(uint Database, Dictionary<string, uint> Users)> ReadOidsAsync(IClusterSession session, CancellationToken cancellation)
    {
        await using var command = session.Coordinator.CreateCommand(
            "SELECT rolname::text, oid, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) FROM pg_catalog.pg_roles");
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var users = new Dictionary<string, uint>();
        var database = 0u;
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            users[reader.GetString(0)] = reader.GetFieldValue<uint>(1);
            database = reader.GetFieldValue<uint>(2);
        }

        return (database, users);
    }

    // Stable over restarts, as pg_stat_statements' is.
    private static long QueryId(string query) =>
        BitConverter.ToInt64(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(query)));
}

/// <summary>citus_stat_statements_reset().</summary>
internal sealed class StatementStatisticsResetFunction(RouterState router) : IClusterFunction
{
    public string Name => "stat_statements_reset";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        router.Statistics.Reset();
        return Task.FromResult<IReadOnlyList<string>>([]);
    }
}

/// <summary>recover_prepared_transactions(): settles now what the background task would settle soon.</summary>
internal sealed class RecoverPreparedFunction(RouterState router) : IClusterFunction
{
    public string Name => "recover_prepared_transactions";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var database = await router.DatabaseAsync(session.Database).ConfigureAwait(false);
        var count = await router.Recovery.RecoverAsync(database, cancellation).ConfigureAwait(false);
        return [JsonSerializer.Serialize(new { count })];
    }
}
