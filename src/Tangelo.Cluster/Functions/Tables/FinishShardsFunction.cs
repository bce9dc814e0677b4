using System.Text.Json;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// The shards of a partitioned table that <see cref="CreateShardsFunction"/> has made without indexes, and have their partitions now, get all of them:
/// <c>{"table": table, "commands": [late commands]}</c>, the table's own first, a partition's after those of its parent. PostgreSQL makes the partitions' indexes
/// with those of the table; level by level they get the names that the coordinator knows, and then each partition what it has besides.
/// </summary>
internal sealed class FinishShardsFunction : IClusterFunction
{
    public string Name => "finish_shards";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var root = MetadataLoader.ParseTable(args.GetProperty("table"));
        var commands = args.GetProperty("commands").EnumerateArray().Select(LateCommands.Parse).ToList();
        if (commands.All(c => c.Names.IsEmpty && c.Statements.IsEmpty))
            return [];
        var tables = commands.Select(c => c.Table).Distinct().ToDictionary(t => t, t => t == root.Relation ? root : session.Map.Find(t)
            ?? throw new PgException(SqlState.InternalError, $"table {t.Value} is not in the map"));

        var depth = new Dictionary<Oid, int>();
        foreach (var command in commands)
            depth[command.Table] = command.Parent is { } parent ? depth[parent] + 1 : 0;
        var levels = commands.GroupBy(c => depth[c.Table]).OrderBy(l => l.Key).Select(l => l.ToList()).ToList();

        var work = new List<(GroupId, string)>();
        foreach (var group in root.Shards.SelectMany(s => s.Placements).Distinct().OrderBy(g => g.Value))
        {
            var indexes = root.ShardsOn(group).ToList();
            var statements = new List<string>();
            foreach (var level in levels)
            {
                statements.AddRange(PartitionIndexNames.Set(level, tables, indexes));
                statements.AddRange(level.SelectMany(c => c.Render(tables, indexes)));
            }

            work.Add((group, string.Join(";\n", statements)));
        }

        await session.ExecuteAsync(work, cancellation);
        return [];
    }
}
