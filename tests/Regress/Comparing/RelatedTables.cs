using System.Text.RegularExpressions;
using Tangelo.Regress.Scripts;

namespace Tangelo.Regress.Comparing;

/// <summary>Which tables a file's views show, and which tables are partitions of others: what fails on one of them is seen on the other.</summary>
internal sealed partial class RelatedTables
{
    private readonly Dictionary<string, HashSet<string>> _related = new(StringComparer.OrdinalIgnoreCase);

    public static RelatedTables Of(IEnumerable<Step> steps)
    {
        var related = new RelatedTables();
        foreach (var text in steps.Select(s => s.Text))
        {
            foreach (Match match in View().Matches(text))
                related.Add(match.Groups[1].Value, match.Groups[2].Value);
            foreach (Match match in PartitionOf().Matches(text))
                related.Add(match.Groups[2].Value, match.Groups[1].Value);
            foreach (Match match in Attached().Matches(text))
                related.Add(match.Groups[1].Value, match.Groups[2].Value);
        }
        return related;
    }

    /// <summary>The names with those of the tables below them.</summary>
    public IReadOnlySet<string> With(IEnumerable<string> names)
    {
        var all = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Stack<string>(names);
        while (open.TryPop(out var name))
        {
            if (all.Add(name) && _related.TryGetValue(name, out var more))
                foreach (var other in more)
                    open.Push(other);
        }
        return all;
    }

    private void Add(string of, string below)
    {
        if (!_related.TryGetValue(TableMaker.Short(of), out var names))
            _related[TableMaker.Short(of)] = names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        names.Add(TableMaker.Short(below));
    }

    // A view that can be written to has one table.
    [GeneratedRegex(@"\bcreate\s+(?:or\s+replace\s+)?(?:recursive\s+)?view\s+([\w"".]+)[^;$]*?\bfrom\s+(?:only\s+)?([\w"".]+)", RegexOptions.IgnoreCase)]
    private static partial Regex View();

    [GeneratedRegex(@"\bcreate\s+table\s+([\w"".]+)\s+partition\s+of\s+([\w"".]+)", RegexOptions.IgnoreCase)]
    private static partial Regex PartitionOf();

    [GeneratedRegex(@"\balter\s+table\s+(?:only\s+)?([\w"".]+)\s+attach\s+partition\s+([\w"".]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Attached();
}
