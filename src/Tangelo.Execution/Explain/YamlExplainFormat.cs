using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Tangelo.Execution.Explain;

/// <summary>FORMAT YAML: texts are quoted as in JSON, and the first member of a list's object follows a dash.</summary>
internal sealed partial class YamlExplainFormat : IExplainFormat
{
    public List<string> Write(ExplainItem item, int depth)
    {
        var start = ExplainFormats.Blanks(depth) + item.Label + ": ";
        return item switch
        {
            ExplainValue value => [start + (value.IsText ? JsonExplainFormat.Quote(value.Value) : value.Value)],
            ExplainTexts texts => [start, .. texts.Values.Select(text => ExplainFormats.Blanks(depth + 1) + "- " + JsonExplainFormat.Quote(text))],
            ExplainObject inner => [start, .. Join(inner.Members.Select(m => Write(m, depth + 1)))],
            ExplainList list => [start, .. list.Objects.SelectMany(o => Element(o.Members, depth + 1))],
            ExplainDocument document => [start, .. document.Lines.Select(line => ExplainFormats.Blanks(depth + 1) + line)],
            _ => [],
        };
    }

    public List<string> Join(IEnumerable<List<string>> members) => [.. members.SelectMany(m => m)];

    public List<string> WriteStatement(ImmutableArray<ExplainItem> members) => Element(members, 0);

    public string? LabelOf(string line) => Property().Match(line) is { Success: true } match ? match.Groups[1].Value : null;

    public string ValueOf(string line) => Property().Match(line).Groups[2].Value.Trim('"');

    private List<string> Element(ImmutableArray<ExplainItem> members, int depth)
    {
        var lines = Join(members.Select(m => Write(m, depth + 1)));
        lines[0] = ExplainFormats.Blanks(depth) + "- " + lines[0][(2 * (depth + 1))..];
        return lines;
    }

    [GeneratedRegex("^ *(?:- )?([^:\"]+): ?(.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Property();
}
