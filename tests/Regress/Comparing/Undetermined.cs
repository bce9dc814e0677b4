using System.Reflection;
using System.Text.RegularExpressions;

namespace Tangelo.Regress.Comparing;

/// <summary>Statements whose answer one server does not determine either, from <c>undetermined.txt</c>: file, beginning of the text, reason.</summary>
internal static partial class Undetermined
{
    private static readonly ILookup<string, string> Beginnings = Read();

    public static bool Contains(string file, string text)
    {
        var plain = Blanks().Replace(text, " ");
        return Beginnings[file].Concat(Beginnings["*"]).Any(b => plain.StartsWith(b, StringComparison.Ordinal));
    }

    private static ILookup<string, string> Read()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("undetermined.txt")!);
        return reader.ReadToEnd().Split('\n')
            .Where(l => l.Length > 0 && l[0] != '#')
            .Select(l => l.Split(" | ", 3))
            .ToLookup(p => p[0], p => p[1]);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
