using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Tangelo.Regress.Running;

namespace Tangelo.Regress.Comparing;

/// <summary>Statements whose answer one server does not determine either, from <c>undetermined.txt</c>.</summary>
internal static partial class Undetermined
{
    private static readonly ILookup<string, Entry> Entries = Read();

    /// <summary>True when the list names the statement. Both servers have to take it or to refuse it alike.</summary>
    public static bool Contains(string file, int number, string text, Answer plain, Answer? cluster)
    {
        if (cluster?.SqlState != plain.SqlState)
            return false;
        var line = Blanks().Replace(text, " ");
        return Entries[file].Any(e => (e.Number is null || e.Number == number) && e.Beginning.IsMatch(line));
    }

    private static ILookup<string, Entry> Read()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("undetermined.txt")!);
        return reader.ReadToEnd().Split('\n')
            .Where(l => l.Length > 0 && l[0] != '#')
            .Select(l => l.Split(" | ", 3))
            .Select(p => (Place: p[0].Split(':'), Beginning: p[1]))
            .ToLookup(p => p.Place[0], p => new Entry(p.Place.Length > 1 ? int.Parse(p.Place[1], CultureInfo.InvariantCulture) : null, Pattern(p.Beginning)));
    }

    private static Regex Pattern(string beginning) => new("^" + Regex.Escape(beginning).Replace(@"\*\*", ".*", StringComparison.Ordinal), RegexOptions.CultureInvariant);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    /// <param name="Number">Of the step in its file, where the same text stands in several places and only this one is meant.</param>
    private sealed record Entry(int? Number, Regex Beginning);
}
