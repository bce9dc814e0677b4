using System.Text.RegularExpressions;

namespace Tangelo.Regress.Scripts;

/// <summary>Unique keys that a file gives its tables after it has made them: the distribution column has to be in each.</summary>
internal sealed partial class LaterKeys
{
    private readonly Dictionary<string, List<string>> _keys = new(StringComparer.OrdinalIgnoreCase);

    public static LaterKeys Of(IEnumerable<Step> steps)
    {
        var keys = new LaterKeys();
        foreach (var text in steps.Select(s => s.Text))
        {
            foreach (Match match in UniqueIndex().Matches(text))
                keys.Add(match.Groups[1].Value, Parenthesised(text, match.Index + match.Length - 1));
            foreach (Match match in AddedKey().Matches(text))
                keys.Add(match.Groups[1].Value, Parenthesised(text, match.Index + match.Length - 1));
            foreach (Match match in AddedColumn().Matches(text))
                keys.Add(match.Groups[1].Value, match.Groups[2].Value);
        }
        return keys;
    }

    /// <summary>For each key its columns with a blank around each; expressions have none.</summary>
    public IReadOnlyList<string> Of(string table) => _keys.GetValueOrDefault(TableMaker.Short(table), []);

    private void Add(string table, string columns)
    {
        if (!_keys.TryGetValue(TableMaker.Short(table), out var keys))
            _keys[TableMaker.Short(table)] = keys = [];
        var names = columns.Split(',').Select(c => Column().Match(c.Trim())).Where(m => m.Success).Select(m => m.Groups[1].Value.Trim('"'));
        keys.Add(" " + string.Join(' ', names) + " ");
    }

    /// <summary>What is in the parentheses that open at <paramref name="open"/>, without inner ones.</summary>
    private static string Parenthesised(string text, int open)
    {
        var depth = 0;
        var inner = new System.Text.StringBuilder();
        for (var i = open; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
                break;
            // An inner parenthesis makes its item an expression, which Column does not match.
            inner.Append(depth == 1 && i > open ? text[i] : i > open ? '(' : ' ');
        }
        return inner.ToString();
    }

    [GeneratedRegex(@"\bcreate\s+unique\s+index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?[\w""]*\s*on\s+(?:only\s+)?([\w"".]+)\s*(?:using\s+\w+\s*)?\(", RegexOptions.IgnoreCase)]
    private static partial Regex UniqueIndex();

    [GeneratedRegex(@"\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w"".]+)\s+add\s+(?:constraint\s+[\w""]+\s+)?(?:unique|primary\s+key)\s*(?:nulls\s+not\s+distinct\s*)?\(", RegexOptions.IgnoreCase)]
    private static partial Regex AddedKey();

    [GeneratedRegex(@"\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w"".]+)\s+add\s+(?:column\s+)?(?!constraint)([\w""]+)\s+[^;]*?\b(?:unique|primary\s+key)\b", RegexOptions.IgnoreCase)]
    private static partial Regex AddedColumn();

    [GeneratedRegex(@"^([\w""]+)(\s+(?:asc|desc|nulls|first|last|collate|\w+_ops)\b[^(]*)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Column();
}
