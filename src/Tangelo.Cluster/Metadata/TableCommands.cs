using System.Collections.Immutable;
using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata.Policies;
using Tangelo.Core;

namespace Tangelo.Cluster.Metadata;

/// <summary>All that makes a shard of a table, as the coordinator's <c>tangelo_table_commands(regclass)</c> gives it.</summary>
/// <param name="Needed">Run once on a node, before its first shard; may be repeated.</param>
/// <param name="Objects">What these make, as classid/oid of the coordinator.</param>
/// <param name="Statements">Make a shard with everything but its foreign keys.</param>
/// <param name="ForeignKeys">Foreign keys out of the table.</param>
/// <param name="Policies">Policies that read tables.</param>
/// <param name="Attach">Makes the shard a partition of the parent's; null where it is none.</param>
/// <param name="Parent">The parent, where what PostgreSQL notes about one shard's partition is so for all shards.</param>
internal sealed record TableCommands(
    ImmutableArray<string> Needed,
    ImmutableArray<string> Objects,
    ImmutableArray<ShardTemplate> Statements,
    ImmutableArray<ShardTemplate> ForeignKeys,
    ImmutableArray<PolicyCommand> Policies,
    ShardTemplate? Attach,
    Oid? Parent)
{
    public static TableCommands Parse(JsonElement commands) => new(
        [.. commands.GetProperty("dependencies").EnumerateArray().Select(d => d.GetString()!)],
        [.. commands.GetProperty("objects").EnumerateArray().Select(o => o.GetString()!)],
        [.. commands.GetProperty("statements").EnumerateArray().Select(ShardTemplate.Parse)],
        [.. commands.GetProperty("foreignKeys").EnumerateArray().Select(ShardTemplate.Parse)],
        [.. commands.GetProperty("policies").EnumerateArray().Select(PolicyCommand.Parse)],
        commands.TryGetProperty("attach", out var attach) ? ShardTemplate.Parse(attach) : null,
        commands.TryGetProperty("parent", out var parent) && parent.ValueKind == JsonValueKind.Number ? new Oid((uint)parent.GetInt64()) : null);

    /// <summary>
    /// What comes before the first shard on a node. The coordinator has what a table depends on already, and may see it only
    /// after the commit: there it must exist.
    /// </summary>
    public IEnumerable<string> Dependencies(GroupId group) => group == GroupId.Coordinator ? [] : Needed;

    /// <summary>The statements that make the shards of <paramref name="table"/> at <paramref name="indexes"/>.</summary>
    public IEnumerable<string> Render(DistributedTable table, IReadOnlyDictionary<Oid, DistributedTable> tables, IEnumerable<int> indexes)
    {
        ShardTemplate[] all = [.. Statements, .. Attach is null ? [] : new[] { Attach }, .. ForeignKeys, .. Policies.Select(p => p.On(table, tables))];
        return indexes.SelectMany(index => all.Select(t => t.Render(tables, index)));
    }
}
