using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Makes the shards of tables whose metadata the caller's transaction has just written:
/// <c>{"nodes": [node], "tables": [table], "others": [table that those lead to], "commands": [table commands], "asidePartitionsOf": OID or null}</c>.
/// With <c>"only": [shard]</c> just those: the others are there.
/// One round trip for each node, however many tables there are, and the nodes work at the same time.
/// </summary>
internal sealed class CreateShardsFunction : IClusterFunction
{
    public string Name => "create_shards";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var made = args.GetProperty("tables").EnumerateArray().Select(MetadataLoader.ParseTable).ToList();
        var tables = args.GetProperty("others").EnumerateArray().Select(MetadataLoader.ParseTable).Concat(made).ToDictionary(t => t.Relation);
        var commands = args.GetProperty("commands").EnumerateArray().Select(TableCommands.Parse).ToList();
        var nodes = args.GetProperty("nodes").EnumerateArray().Select(MetadataLoader.ParseNode).ToDictionary(n => n.Group);
        var aside = args.TryGetProperty("asidePartitionsOf", out var oid) && oid.ValueKind == JsonValueKind.Number ? tables[new Oid((uint)oid.GetInt64())] : null;

        var only = args.TryGetProperty("only", out var ids) ? ids.EnumerateArray().Select(i => new ShardId(i.GetInt64())).ToHashSet() : null;
        bool IsMade(Shard shard) => only is null || only.Contains(shard.Id);

        var work = new List<(GroupId, string)>();
        foreach (var group in made.SelectMany(t => t.Shards).Where(IsMade).SelectMany(s => s.Placements).Distinct().OrderBy(g => g.Value))
        {
            if (session.Map.Primary(group) is null)
                session.UseNode(nodes[group]);
            if (group != GroupId.Coordinator)
                await NodeObjects.PrepareAsync(session, group, [.. commands.SelectMany(c => c.Objects).Distinct()], cancellation);
            var statements = commands.SelectMany(c => c.Dependencies(group)).Distinct().ToList();
            var copied = aside is not null && await CopiedPartitions.CanBeAsync(session, group, cancellation) ? new CopiedPartitions(tables) : null;
            for (var i = 0; i < made.Count; i++)
            {
                statements.AddRange(copied?.Render(commands[i], made[i], [.. made[i].ShardsOn(group)]) ?? commands[i].Render(made[i], tables, made[i].ShardsOn(group).Where(s => IsMade(made[i].Shards[s]))));
                if (aside is not null && (i + 1) % AsidePartitions.AtOnce == 0)
                {
                    statements.AddRange(copied?.Take() ?? []);
                    statements.Add(AsidePartitions.Put(aside, group));
                }
            }

            statements.AddRange(copied?.Take() ?? []);
            if (aside is not null)
                statements.Add(AsidePartitions.Put(aside, group));
            work.Add((group, string.Join(";\n", statements)));
        }

        await session.ExecuteAsync(work, cancellation);
        session.UseTables(made);
        session.MetadataChanged();
        return [];
    }
}
