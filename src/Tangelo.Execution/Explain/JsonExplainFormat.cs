using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tangelo.Execution.Explain;

/// <summary>FORMAT JSON.</summary>
internal sealed partial class JsonExplainFormat : IExplainFormat
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A string in double quotes; YAML takes the same.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text, Plain);

    public List<string> Write(ExplainItem item, int depth)
    {
        var start = ExplainFormats.Blanks(depth) + Quote(item.Label) + ": ";
        return item switch
        {
            ExplainValue value => [start + (value.IsText ? Quote(value.Value) : value.Value)],
            ExplainTexts texts => [start + "[" + string.Join(", ", texts.Values.Select(Quote)) + "]"],
            ExplainObject inner => [start + "{", .. Members(inner, depth), ExplainFormats.Blanks(depth) + "}"],
            ExplainList list => [start + "[", .. Join(list.Objects.Select(o => Element(o, depth + 1))), ExplainFormats.Blanks(depth) + "]"],
            ExplainDocument document =>
                [start + "[", .. document.Lines.Select(line => ExplainFormats.Blanks(depth + 1) + line), ExplainFormats.Blanks(depth) + "]"],
            _ => [],
        };
    }

    public List<string> Join(IEnumerable<List<string>> members)
    {
        var lines = new List<string>();
        foreach (var member in members)
        {
            if (lines.Count > 0)
                lines[^1] += ",";
            lines.AddRange(member);
            lines[^1] = lines[^1].TrimEnd(',');
        }

        return lines;
    }

    public List<string> WriteStatement(ImmutableArray<ExplainItem> members) =>
        ["[", .. Element(new ExplainObject("", members), 1), "]"];

    public string? LabelOf(string line) => Property().Match(line) is { Success: true } match ? match.Groups[1].Value : null;

    public string ValueOf(string line) => Property().Match(line).Groups[2].Value.Trim('"');

    private List<string> Members(ExplainObject item, int depth) => Join(item.Members.Select(m => Write(m, depth + 1)));

    private List<string> Element(ExplainObject item, int depth) =>
        [ExplainFormats.Blanks(depth) + "{", .. Members(item, depth), ExplainFormats.Blanks(depth) + "}"];

    [GeneratedRegex("^ *\"([^\"]+)\": (.*?),?$", RegexOptions.CultureInvariant)]
    private static partial Regex Property();
}
