using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tangelo.Regress.Comparing;

/// <summary>Whether the order of rows is the one that a statement asks for. Only its outermost ORDER BY says something about that, and nothing about rows with equal keys.</summary>
internal static partial class RowOrder
{
    /// <summary>True when both answers, which hold the same lines, are in an order that the statement allows.</summary>
    public static bool Allows(string statement, IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        var order = OrderBy().Match(Outermost(statement));
        return !order.Success || (Keys(order.Groups[1].Value, expected) is { } first && Keys(order.Groups[1].Value, actual) is { } second && first.SequenceEqual(second));
    }

    /// <summary>The keys of all rows as they are printed, or null when a key is no column of the answer.</summary>
    private static List<string>? Keys(string items, IReadOnlyList<string> lines)
    {
        if (lines.Count < 3 || !Rule().IsMatch(lines[1]))
            return null;
        var names = Cells(lines[0]);
        var columns = items.Split(',').Select(item => Column(item, names)).ToList();
        var rows = lines.Skip(2).TakeWhile(l => !Footer().IsMatch(l)).Select(Cells).ToList();
        // Another number of cells: values with line breaks or bars.
        return columns.Contains(-1) || rows.Exists(r => r.Length != names.Length) ? null : [.. rows.Select(r => string.Join('|', columns.Select(c => r[c])))];
    }

    private static int Column(string item, string[] names)
    {
        var match = Item().Match(item);
        if (!match.Success)
            return -1;
        var name = match.Groups[1].Value;
        if (int.TryParse(name, CultureInfo.InvariantCulture, out var number))
            return number <= names.Length ? number - 1 : -1;
        var known = names.Count(n => n == name);
        return known == 1 ? Array.IndexOf(names, name) : -1;
    }

    private static string[] Cells(string line) => [.. line.Split('|').Select(c => c.Trim())];

    /// <summary>The text without strings, comments and what is in parentheses.</summary>
    private static string Outermost(string statement)
    {
        var text = new StringBuilder();
        var depth = 0;
        foreach (var c in Quoted().Replace(statement, " "))
        {
            depth += c switch { '(' => 1, ')' => -1, _ => 0 };
            text.Append(depth == 0 && c != ')' ? char.ToLowerInvariant(c) : c == ')' ? '\u0001' : ' ');
        }
        return text.ToString();
    }

    [GeneratedRegex(@"--[^\n]*|/\*.*?\*/|'[^']*'|(\$\w*\$).*?\1", RegexOptions.Singleline)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\border\s+by\b(.*?)(?:\blimit\b|\boffset\b|\bfetch\b|\bfor\s+(?:update|share|no|key)\b|;|$)", RegexOptions.Singleline)]
    private static partial Regex OrderBy();

    [GeneratedRegex(@"^\s*(?:\w+\.)?(\w+)(?:\s+(?:asc|desc|using\s+[<>~]+))?(?:\s+nulls\s+(?:first|last))?\s*$")]
    private static partial Regex Item();

    [GeneratedRegex(@"^-+(\+-+)*$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"^\(\d+ rows?\)$")]
    private static partial Regex Footer();
}
