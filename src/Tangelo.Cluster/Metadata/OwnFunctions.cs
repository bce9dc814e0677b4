using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Tangelo.Cluster.Metadata;

/// <summary>The functions that the migrations make in pg_catalog of the coordinator, by name.</summary>
public static partial class OwnFunctions
{
    private static readonly FrozenSet<string> Names =
        Migration.All.SelectMany(m => Definition().Matches(m.Sql)).Select(m => m.Groups[1].Value).ToFrozenSet();

    /// <summary>True for a function of Tangelo's: one of its own, or one that a Citus user knows.</summary>
    public static bool Contains(string name) => Names.Contains(name);

    [GeneratedRegex(@"^CREATE (?:OR REPLACE )?FUNCTION ([a-z0-9_]+)\s*\(", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Definition();
}
