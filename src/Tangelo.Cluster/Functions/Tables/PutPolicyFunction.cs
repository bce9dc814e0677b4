using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Gives the shards of a table a policy as it now is on the coordinator: <c>{"table": table, "others": [table that it reads], "policy": name,
/// "commands": table commands that make nothing but the policy}</c>.
/// </summary>
internal sealed class PutPolicyFunction : IClusterFunction
{
    public string Name => "put_policy";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var table = MetadataLoader.ParseTable(args.GetProperty("table"));
        var tables = args.GetProperty("others").EnumerateArray().Select(MetadataLoader.ParseTable).Append(table).ToDictionary(t => t.Relation);
        var commands = TableCommands.Parse(args.GetProperty("commands"));
        var name = ShardNames.Quote(args.GetProperty("policy").GetString()!);

        var work = new List<(GroupId, string)>();
        foreach (var group in table.Shards.SelectMany(s => s.Placements).Distinct().OrderBy(g => g.Value))
        {
            if (group != GroupId.Coordinator)
                await NodeObjects.PrepareAsync(session, group, commands.Objects, cancellation);
            var indexes = table.ShardsOn(group).ToList();
            var former = indexes.Select(i =>
                $"DROP POLICY IF EXISTS {name} ON {ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[i].Id))}");
            work.Add((group, string.Join(";\n", commands.Dependencies(group).Concat(former).Concat(commands.Render(table, tables, indexes)))));
        }

        await session.ExecuteAsync(work, cancellation);
        return [];
    }
}
