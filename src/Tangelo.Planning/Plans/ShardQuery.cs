using System.Collections.Immutable;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;

namespace Tangelo.Planning.Plans;

/// <summary>
/// A SQL text with holes for shard names. Rendered once for each shard index and kept, so that a cached plan costs no
/// formatting. Thread safe.
/// </summary>
public sealed class ShardQuery
{
    private readonly ImmutableArray<ShardQueryPart> _parts;
    // In chunks: a query that touches one shard of thousands makes no room for the others.
    private const int Chunk = 64;

    private readonly byte[]?[]?[] _rendered;
    private readonly bool _isSame;
    private readonly int _shards;

    /// <param name="parts">The text.</param>
    /// <param name="shards">How many shards it is for, where no name of a shard in it tells.</param>
    public ShardQuery(IEnumerable<ShardQueryPart> parts, int shards = 1)
    {
        _parts = [.. parts];
        var count = _parts.Aggregate(shards, (most, p) => Math.Max(most, p switch
        {
            ShardNamePart { Table: { IsReference: false } table } => table.Shards.Length,
            IntermediatePart result => result.Parts,
            _ => 1,
        }));
        _shards = count;
        _isSame = count == 1;
        _rendered = new byte[]?[]?[(count + Chunk - 1) / Chunk];
    }

    /// <summary>The pieces, in order.</summary>
    public ImmutableArray<ShardQueryPart> Parts => _parts;

    /// <summary>The text for shard <paramref name="index"/>, UTF-8. Owned by this object: do not change it.</summary>
    public byte[] Render(int index)
    {
        var slot = _isSame ? 0 : index;
        var chunk = _rendered[slot / Chunk] ?? Interlocked.CompareExchange(ref _rendered[slot / Chunk], new byte[]?[Chunk], null) ?? _rendered[slot / Chunk]!;
        return chunk[slot % Chunk] ??= Encoding.UTF8.GetBytes(RenderText(index));
    }

    /// <summary>The text for shard <paramref name="index"/>.</summary>
    public string RenderText(int index)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            switch (part)
            {
                case TextPart t:
                    text.Append(t.Text);
                    break;
                case ShardIndexPart:
                    text.Append(index);
                    break;
                case ShardNamePart { Table.Shards.IsEmpty: true } none:
                    text.Append(NoRows(none.Table));
                    break;
                case ShardNamePart s:
                    var shard = s.Table.Shards[s.Table.IsReference ? 0 : index];
                    text.Append(s.Qualified
                        ? ShardNames.QuoteQualified(s.Table.Schema, ShardNames.Extend(s.Name, shard.Id))
                        : ShardNames.Quote(ShardNames.Extend(s.Name, shard.Id)));
                    break;
            }
        }

        return text.ToString();
    }

    // In the place of a table that has no shards.
    private static string NoRows(DistributedTable table) =>
        $"(SELECT {string.Join(", ", table.Columns.OrderBy(c => c.Number).Select(c => $"NULL::{c.TypeName}{(c.Collation is null ? "" : $" COLLATE {c.Collation}")} AS {ShardNames.Quote(c.Name)}"))} LIMIT 0)";

    /// <summary>The intermediate results that it reads.</summary>
    public IEnumerable<IntermediatePart> Intermediates => _parts.OfType<IntermediatePart>();

    /// <summary>The same query with every intermediate result replaced by a text.</summary>
    public ShardQuery With(Func<IntermediatePart, string> text) => With(part => [new TextPart(text(part))]);

    /// <summary>The same query with every intermediate result replaced by a text, which may hold the shard's index.</summary>
    public ShardQuery With(Func<IntermediatePart, IEnumerable<ShardQueryPart>> text) =>
        new(_parts.SelectMany(p => p is IntermediatePart part ? text(part) : [p]), _shards);

    /// <inheritdoc/>
    public override string ToString() => string.Concat(_parts.Select(p => p switch
    {
        TextPart text => text.Text,
        IntermediatePart part => $"{{result {part.Id}}}",
        ShardNamePart shard => "{" + shard.Name + "}",
        _ => "{index}",
    }));
}

/// <summary>A piece of a <see cref="ShardQuery"/>.</summary>
public abstract record ShardQueryPart;

/// <summary>Text that is the same on every shard.</summary>
public sealed record TextPart(string Text) : ShardQueryPart;

/// <summary>The index of the shard.</summary>
public sealed record ShardIndexPart : ShardQueryPart;

/// <summary>
/// <paramref name="Name"/> with the id of <paramref name="Table"/>'s shard appended: the shard itself, or an index or
/// constraint of it. <paramref name="Qualified"/> puts the table's schema before it.
/// </summary>
public sealed record ShardNamePart(DistributedTable Table, string Name, bool Qualified = true) : ShardQueryPart;
