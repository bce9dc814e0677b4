using System.Collections.Immutable;
using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Metadata;

/// <summary>All that makes a shard of a table, as the coordinator's <c>tangelo_table_commands(regclass)</c> gives it.</summary>
/// <param name="Dependencies">Run once on a node, before its first shard; may be repeated.</param>
/// <param name="Statements">Make a shard with everything but its foreign keys.</param>
/// <param name="ForeignKeys">Foreign keys out of the table.</param>
internal sealed record TableCommands(
    ImmutableArray<string> Dependencies,
    ImmutableArray<ShardTemplate> Statements,
    ImmutableArray<ShardTemplate> ForeignKeys)
{
    public static TableCommands Parse(JsonElement commands) => new(
        [.. commands.GetProperty("dependencies").EnumerateArray().Select(d => d.GetString()!)],
        [.. commands.GetProperty("statements").EnumerateArray().Select(ShardTemplate.Parse)],
        [.. commands.GetProperty("foreignKeys").EnumerateArray().Select(ShardTemplate.Parse)]);

    /// <summary>
    /// The statements that make the shards at <paramref name="indexes"/> on a node. The coordinator has what a table
    /// depends on already, and may see it only after the commit: there it must exist.
    /// </summary>
    public string Render(GroupId group, IReadOnlyDictionary<Oid, DistributedTable> tables, IEnumerable<int> indexes)
    {
        var statements = group == GroupId.Coordinator ? [] : Dependencies.ToList();
        foreach (var index in indexes)
            statements.AddRange(Statements.Concat(ForeignKeys).Select(t => t.Render(tables, index)));
        return string.Join(";\n", statements);
    }
}
