using System.Collections.Immutable;
using System.Text.Json;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Makes the shards of tables whose metadata the caller's transaction has just written:
/// <c>{"nodes": [node], "tables": [table], "others": [table that those lead to], "commands": [table commands], "asidePartitionsOf": OID or null}</c>.
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

        var work = new List<(GroupId, string)>();
        foreach (var group in made.SelectMany(t => t.Shards).SelectMany(s => s.Placements).Distinct().OrderBy(g => g.Value))
        {
            if (session.Map.Primary(group) is null)
                session.UseNode(nodes[group]);
            if (group != GroupId.Coordinator)
                await PrepareAsync(session, group, [.. commands.SelectMany(c => c.Objects).Distinct()], cancellation);
            var statements = commands.SelectMany(c => c.Dependencies(group)).Distinct()
                .Concat(made.Zip(commands, (table, command) => command.Render(tables, table.ShardsOn(group))).SelectMany(s => s));
            if (aside is not null)
                statements = statements.Append(AsidePartitions.Put(aside, group));
            work.Add((group, string.Join(";\n", statements)));
        }

        await session.ExecuteAsync(work, cancellation);
        session.UseTables(made);
        session.MetadataChanged();
        return [];
    }

    // Schemas, types and functions on a node belong to those whom they belong to on the coordinator, and the session may be allowed to make none of them. What is
    // committed there is made with the router's own rights, and stays; the texts come from the catalog. The rest is the session's, which makes it in its transaction.
    private static async Task PrepareAsync(IClusterSession session, GroupId group, ImmutableArray<string> objects, CancellationToken cancellation)
    {
        if (objects.IsEmpty || await session.QueryAsync(group, "SHOW is_superuser", cancellation) is [["on"]])
            return;
        await using var command = session.Coordinator.CreateCommand("SELECT pg_catalog.tangelo_commands_for($1)");
        command.Parameters.Add(new() { Value = objects.ToArray() });
        if (await command.ExecuteScalarAsync(cancellation) is string[] commands)
            await session.PrepareNodeAsync(group, string.Join(";\n", commands), cancellation);
    }
}
