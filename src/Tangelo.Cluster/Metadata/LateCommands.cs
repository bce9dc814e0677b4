using System.Collections.Immutable;
using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Metadata;

/// <summary>What a table's shards get when they have their partitions, as <c>tangelo_late_commands</c> gives it.</summary>
/// <param name="Table">The table.</param>
/// <param name="Parent">Whose partition it is; null for the table that all belong to.</param>
/// <param name="Names">Its indexes that those of the parent make, with the names of these.</param>
/// <param name="Statements">What makes the others, and what follows.</param>
internal sealed record LateCommands(Oid Table, Oid? Parent, ImmutableArray<(string Index, string OfParent)> Names, ImmutableArray<ShardTemplate> Statements)
{
    public static LateCommands Parse(JsonElement commands) => new(
        new Oid((uint)commands.GetProperty("oid").GetInt64()),
        commands.GetProperty("parent") is { ValueKind: JsonValueKind.Number } parent ? new Oid((uint)parent.GetInt64()) : null,
        [.. commands.GetProperty("names").EnumerateArray().Select(n => (n[0].GetString()!, n[1].GetString()!))],
        [.. commands.GetProperty("statements").EnumerateArray().Select(ShardTemplate.Parse)]);

    /// <summary>The statements for the shards at <paramref name="indexes"/>.</summary>
    public IEnumerable<string> Render(IReadOnlyDictionary<Oid, DistributedTable> tables, IEnumerable<int> indexes) =>
        indexes.SelectMany(index => Statements.Select(s => s.Render(tables, index)));
}
