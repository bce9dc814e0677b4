using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Explain;

/// <summary>The structured formats.</summary>
internal static class ExplainFormats
{
    private static readonly IExplainFormat Json = new JsonExplainFormat();
    private static readonly IExplainFormat Xml = new XmlExplainFormat();
    private static readonly IExplainFormat Yaml = new YamlExplainFormat();

    /// <summary>The writer of a format; null for text, which has no structure.</summary>
    public static IExplainFormat? For(ExplainFormat format) => format switch
    {
        ExplainFormat.Json => Json,
        ExplainFormat.Xml => Xml,
        ExplainFormat.Yaml => Yaml,
        _ => null,
    };

    /// <summary>Blanks for a depth.</summary>
    public static string Blanks(int depth) => new(' ', 2 * depth);
}
