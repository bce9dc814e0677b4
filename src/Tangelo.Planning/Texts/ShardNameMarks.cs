using System.Globalization;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Texts;

/// <summary>
/// Marks that stand for names which differ from shard to shard: identifiers that the text does not hold. The finished text is then cut at them.
/// </summary>
internal sealed class ShardNameMarks
{
    private const string Prefix = "tangelo_name";
    private readonly List<ShardNamePart> _names = [];
    private readonly string _prefix = Prefix;

    internal ShardNameMarks(string text)
    {
        while (text.Contains(_prefix, StringComparison.OrdinalIgnoreCase))
            _prefix += "x";
    }

    /// <summary>True for a name that is a mark, which must stay without quotes.</summary>
    internal static bool IsMark(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>A mark for the name alone.</summary>
    internal string Bare(DistributedTable table, string name) => Mark(new(table, name, Qualified: false));

    /// <summary>A mark for the name with the table's schema before it.</summary>
    internal string Qualified(DistributedTable table, string name) => Mark(new(table, name));

    /// <summary>The text with its holes.</summary>
    internal ShardQuery Cut(string text)
    {
        var parts = new List<ShardQueryPart>();
        var end = 0;
        for (var at = text.IndexOf(_prefix, StringComparison.Ordinal); at >= 0; at = text.IndexOf(_prefix, at + 1, StringComparison.Ordinal))
        {
            var number = text.AsSpan(at + _prefix.Length);
            number = number[..Math.Max(0, number.IndexOf('_'))];
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var name))
                continue;
            if (at > end)
                parts.Add(new TextPart(text[end..at]));
            parts.Add(_names[name]);
            end = at + _prefix.Length + number.Length + 1;
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
