using System.Text;

namespace Tangelo.Execution.Parameters;

/// <summary>Strings as a text[] in text form.</summary>
public static class TextArrayLiteral
{
    /// <summary>The array of <paramref name="items"/>, none of which is null.</summary>
    public static byte[] Of(IEnumerable<string> items) => Encoding.UTF8.GetBytes("{" + string.Join(',', items.Select(Quote)) + "}");

    private static string Quote(string item) =>
        "\"" + item.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
