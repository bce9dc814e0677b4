using System.Text.RegularExpressions;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Writing;

/// <summary>
/// Turns a syntax tree into a <see cref="ShardQuery"/>. Names that differ from shard to shard are put into the tree as marks
/// (identifiers that the statement does not hold); the deparsed text is then cut at the marks.
/// </summary>
internal sealed class ShardTemplate
{
    private const string MarkPrefix = "tangelo_name";
    private readonly List<ShardNamePart> _names = [];
    private readonly string _prefix;

    public ShardTemplate(string statement)
    {
        _prefix = MarkPrefix;
        while (statement.Contains(_prefix, StringComparison.OrdinalIgnoreCase))
            _prefix += "x";
    }

    /// <summary>True for a name that is a mark, which must stay without quotes.</summary>
    public static bool IsMark(string name) => name.StartsWith(MarkPrefix, StringComparison.Ordinal);

    /// <summary>A mark for the name alone.</summary>
    public string Bare(DistributedTable table, string name) => Mark(new(table, name, Qualified: false));

    /// <summary>A mark for the name with the table's schema before it.</summary>
    public string Qualified(DistributedTable table, string name) => Mark(new(table, name));

    /// <summary>Makes <paramref name="relation"/> name the shard.</summary>
    public void Put(RangeVar relation, DistributedTable table) => Put(relation, table, table.Name);

    /// <summary>Makes <paramref name="relation"/> name something of the shard's: an index.</summary>
    public void Put(RangeVar relation, DistributedTable table, string name)
    {
        relation.Catalogname = "";
        relation.Schemaname = "";
        relation.Relname = Qualified(table, name);
    }

    /// <summary>The text with its holes.</summary>
    /// <exception cref="Core.PgException">The statement cannot be written down again exactly.</exception>
    public ShardQuery Build(Node statement) => Cut(DdlText.Write(statement));

    /// <summary>The same for a text written by hand around marks.</summary>
    public ShardQuery Cut(string text)
    {
        var parts = new List<ShardQueryPart>();
        var end = 0;
        foreach (Match mark in Regex.Matches(text, _prefix + "([0-9]+)_"))
        {
            if (mark.Index > end)
                parts.Add(new TextPart(text[end..mark.Index]));
            parts.Add(_names[int.Parse(mark.Groups[1].ValueSpan)]);
            end = mark.Index + mark.Length;
        }

        if (end < text.Length)
            parts.Add(new TextPart(text[end..]));
        return new ShardQuery(parts);
    }

    private string Mark(ShardNamePart name)
    {
        _names.Add(name);
        return $"{_prefix}{_names.Count - 1}_";
    }
}
