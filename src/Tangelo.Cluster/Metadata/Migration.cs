using System.Security.Cryptography;
using System.Text;

namespace Tangelo.Cluster.Metadata;

/// <summary>
/// A SQL file of <c>Metadata/Migrations</c>. Files called V... are run once, in the order of their names, and never
/// change after a release. Files called R... hold only CREATE OR REPLACE and are run again whenever their text changed.
/// </summary>
internal sealed record Migration(string Name, string Sql)
{
    private const string Prefix = "Migrations/";

    /// <summary>All of them: first the versioned, then the repeatable ones.</summary>
    public static IReadOnlyList<Migration> All { get; } = [.. Read()];

    public bool IsRepeatable => Name.StartsWith('R');

    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    private static IEnumerable<Migration> Read()
    {
        var assembly = typeof(Migration).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(n => new Migration(n[Prefix.Length..^".sql".Length], EmbeddedSql.Read(n)))
            .OrderBy(m => m.IsRepeatable)
            .ThenBy(m => m.Name, StringComparer.Ordinal);
    }
}
