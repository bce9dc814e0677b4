using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Tangelo.Execution.Explain;

/// <summary>FORMAT XML: labels become tags, with a dash for what a tag may not hold.</summary>
internal sealed partial class XmlExplainFormat : IExplainFormat
{
    public List<string> Write(ExplainItem item, int depth)
    {
        var blanks = ExplainFormats.Blanks(depth);
        var tag = TagCharacter().Replace(item.Label, "-");
        return item switch
        {
            ExplainValue value => [$"{blanks}<{tag}>{Escape(value.Value)}</{tag}>"],
            ExplainTexts texts =>
                [$"{blanks}<{tag}>", .. texts.Values.Select(text => $"{blanks}  <Item>{Escape(text)}</Item>"), $"{blanks}</{tag}>"],
            ExplainObject inner => [$"{blanks}<{tag}>", .. Join(inner.Members.Select(m => Write(m, depth + 1))), $"{blanks}</{tag}>"],
            ExplainList list => [$"{blanks}<{tag}>", .. list.Objects.SelectMany(o => Write(o, depth + 1)), $"{blanks}</{tag}>"],

            // A line that does not begin with a tag is the rest of a value, whose blanks count.
            ExplainDocument document =>
            [
                $"{blanks}<{tag}>",
                .. document.Lines.Select(line => line.AsSpan().TrimStart(' ').StartsWith("<", StringComparison.Ordinal) ? $"{blanks}  {line}" : line),
                $"{blanks}</{tag}>",
            ],
            _ => [],
        };
    }

    public List<string> Join(IEnumerable<List<string>> members) => [.. members.SelectMany(m => m)];

    public List<string> WriteStatement(ImmutableArray<ExplainItem> members) =>
    [
        "<explain xmlns=\"http://www.postgresql.org/2009/explain\">",
        .. Write(new ExplainObject("Query", members), 1),
        "</explain>",
    ];

    public string? LabelOf(string line) =>
        Opening().Match(line) is { Success: true } match ? match.Groups[1].Value.Replace('-', ' ') : null;

    public string ValueOf(string line) => Opening().Match(line).Groups[2].Value;

    private static string Escape(string text) =>
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\r", "&#x0d;");

    [GeneratedRegex("[^A-Za-z0-9_.-]", RegexOptions.CultureInvariant)]
    private static partial Regex TagCharacter();

    [GeneratedRegex("^ *<([^/>]+)>([^<]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Opening();
}
