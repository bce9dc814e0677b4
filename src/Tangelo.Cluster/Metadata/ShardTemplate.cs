using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Metadata;

/// <summary>
/// A statement with holes for the names of shards, as <c>tangelo_table_commands</c> writes it: texts, and holes
/// <c>{"oid", "name"[, "schema"]}</c> that become the name with the id of a shard of that table.
/// </summary>
internal sealed class ShardTemplate(ImmutableArray<ShardTemplate.Part> parts)
{
    public ImmutableArray<Part> Parts => parts;

    public static ShardTemplate Parse(JsonElement template) => new([.. template.EnumerateArray().Select(ParsePart)]);

    /// <summary>
    /// The statement for the shards at <paramref name="index"/>. A reference table among <paramref name="tables"/> has one
    /// shard, which stands for every index.
    /// </summary>
    public string Render(IReadOnlyDictionary<Oid, DistributedTable> tables, int index)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            if (part.Text is not null)
            {
                text.Append(part.Text);
                continue;
            }

            var table = tables[part.Table];
            var name = ShardNames.Extend(part.Name!, table.Shards[table.IsReference ? 0 : index].Id);
            text.Append(part.Schema is null ? ShardNames.Quote(name) : ShardNames.QuoteQualified(part.Schema, name));
        }

        return text.ToString();
    }

    private static Part ParsePart(JsonElement part) => part.ValueKind == JsonValueKind.String
        ? new Part(part.GetString(), default, null, null)
        : new Part(
            null,
            new Oid((uint)part.GetProperty("oid").GetInt64()),
            part.TryGetProperty("schema", out var schema) ? schema.GetString() : null,
            part.GetProperty("name").GetString());

    /// <summary>A text, or else the name of something that belongs to a shard of a table.</summary>
    internal readonly record struct Part(string? Text, Oid Table, string? Schema, string? Name);
}
