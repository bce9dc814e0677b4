using System.Collections.Immutable;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Texts;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;

namespace Tangelo.Planning.Calls;

/// <summary>The names of tables in the copy of a body: holes where the names of shards go.</summary>
internal sealed class CopiedNames(string body)
{
    private readonly ShardNameMarks _marks = new(body);
    private readonly Dictionary<string, string> _written = [];

    /// <summary>Names as they stand in the copy, without the shards' numbers, and as the author wrote them; longer ones first.</summary>
    internal ImmutableArray<(string Copied, string Written)> Written => [.. _written.OrderByDescending(w => w.Key.Length).Select(w => (w.Key, w.Value))];

    /// <summary>What stands for a table's shard until <see cref="Split"/>.</summary>
    internal string Hole(DistributedTable table, string written)
    {
        _written.TryAdd(ShardNames.QuoteQualified(table.Schema, table.Name), written);
        return _marks.Qualified(table, table.Name);
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
    internal ImmutableArray<ShardQueryPart> Split(string text) => _marks.Cut(text).Parts;
}
