using System.Text.Json;
using Tangelo.Cluster.Functions;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.AdminFunctions;

/// <summary>Rows of citus_stat_statements.</summary>
internal sealed class StatementStatisticsFunction(RouterState router) : IClusterFunction
{
    public string Name => "stat_statements";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        IReadOnlyList<string> rows = [.. router.Statistics.All.Where(s => s.Key.Database == session.Database).Select(s => JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["row"] = new Dictionary<string, object?>
            {
                ["queryid"] = QueryId(s.Key.Query),
                ["username"] = s.Key.User,
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
            },
        }))];
        return Task.FromResult(rows);
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
        return [JsonSerializer.Serialize(new { row = new { count } })];
    }
}
