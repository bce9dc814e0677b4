using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Commands;

/// <summary>
/// Runs commands on nodes, each in a transaction of its own (the run_command_on_* functions):
/// <c>{"nodes": [node], "tasks": [{"node", "sql"}], "parallel"}</c> gives <c>{"task", "success", "result"}</c> for each, in order.
/// </summary>
internal sealed class RunTasksFunction : IClusterFunction
{
    // Tasks at once on one node: enough to keep it busy, few enough to leave connections for others.
    private const int TasksPerNode = 4;

    public string Name => "run_tasks";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var nodes = args.GetProperty("nodes").EnumerateArray().Select(MetadataLoader.ParseNode).ToDictionary(n => n.Id);
        var tasks = args.GetProperty("tasks").EnumerateArray()
            .Select((t, i) => (Index: i, Node: nodes[new NodeId(t.GetProperty("node").GetInt32())], Sql: t.GetProperty("sql").GetString() ?? throw new PgException(SqlState.NullValueNotAllowed, "the command cannot be NULL")))
            .ToList();
        var results = new string[tasks.Count];

        if (!args.GetProperty("parallel").GetBoolean())
        {
            foreach (var task in tasks)
                results[task.Index] = await RunAsync(task.Index, task.Node, task.Sql, session, cancellation);
            return results;
        }

        await Task.WhenAll(tasks.GroupBy(t => t.Node).Select(node => Parallel.ForEachAsync(
            node,
            new ParallelOptions { MaxDegreeOfParallelism = TasksPerNode, CancellationToken = cancellation },
            async (task, token) => results[task.Index] = await RunAsync(task.Index, task.Node, task.Sql, session, token))));
        return results;
    }

    private static async Task<string> RunAsync(int index, Node node, string sql, IClusterSession session, CancellationToken cancellation)
    {
        try
        {
            var result = await session.RunSeparatelyAsync(node, sql, cancellation);
            return JsonSerializer.Serialize(new { task = index, success = true, result });
        }
        catch (PgException e)
        {
            return JsonSerializer.Serialize(new { task = index, success = false, result = "ERROR: " + e.Error.Message });
        }
    }
}
