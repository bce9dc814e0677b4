using System.Collections.Immutable;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;

namespace Tangelo.Planning.Calls;

/// <summary>The names of tables in the copy of a body: holes where the names of shards go.</summary>
internal sealed class CopiedNames
{
    private readonly string _marker = "tangelo_hole_";
    private readonly List<ShardNamePart> _holes = [];
    private readonly Dictionary<string, string> _written = [];

    internal CopiedNames(string body)
    {
        while (body.Contains(_marker, StringComparison.OrdinalIgnoreCase))
            _marker += "x_";
    }

    /// <summary>Names as they stand in the copy, without the shards' numbers, and as the author wrote them; longer ones first.</summary>
    internal ImmutableArray<(string Copied, string Written)> Written => [.. _written.OrderByDescending(w => w.Key.Length).Select(w => (w.Key, w.Value))];

    /// <summary>What stands for a table's shard until <see cref="Split"/>.</summary>
    internal string Hole(DistributedTable table, string written)
    {
        _holes.Add(new ShardNamePart(table, table.Name));
        _written.TryAdd(ShardNames.QuoteQualified(table.Schema, table.Name), written);
        return $"{_marker}{_holes.Count - 1}_";
    }

    /// <summary>The changes of a statement; null where names cannot be replaced without a change of meaning.</summary>
    internal TextEdits? Replace(BodyStatement statement, BodyAnalysis analysis) => RelationSplicer.Edits(
        statement.Parsed,
        RelationReferences.Collect(statement.Parsed.Tree),
        reference =>
        {
            var table = analysis.TableOf(reference)!;
            var text = statement.Parsed.Text;
            var written = reference.Location < 0 ? reference.Name : Encoding.UTF8.GetString(text.AsSpan(reference.Location, IdentifierSpan.At(text, reference.Location)));
            if (reference.Range.Alias is null)
                _written.TryAdd($"{ShardNames.QuoteQualified(table.Schema, table.Name)} AS {QuotedName.Of(reference.Name)}", written);
            return Hole(table, written);
        });

    /// <summary>The text with its holes.</summary>
    internal ImmutableArray<ShardQueryPart> Split(string text)
    {
        var parts = ImmutableArray.CreateBuilder<ShardQueryPart>();
        var start = 0;
        while (text.IndexOf(_marker, start, StringComparison.Ordinal) is >= 0 and var hole)
        {
            parts.Add(new TextPart(text[start..hole]));
            var end = text.IndexOf('_', hole + _marker.Length);
            parts.Add(_holes[int.Parse(text.AsSpan(hole + _marker.Length, end - hole - _marker.Length))]);
            start = end + 1;
        }

        parts.Add(new TextPart(text[start..]));
        return parts.ToImmutable();
    }
}
